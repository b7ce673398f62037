//! The account: who it is, its sessions and its codes.

pub(crate) mod codes;
pub(crate) mod identity;
pub(crate) mod sessions;
