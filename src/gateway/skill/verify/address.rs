//! Where the certificates of a request may be.

use url::Url;

use super::reason::Reason;

/// Longest address that is looked at (*chosen*; real ones have 50 to 60 characters).
const LONGEST: usize = 512;
const SCHEME: &str = "https://";
const HOST: &str = "s3.amazonaws.com";
/// Only this folder is Amazon's (*documented*, with the case of its letters).
const FOLDER: &str = "/echo.api/";

/// An address at which Amazon keeps the certificates of Alexa: `https`, the host
/// `s3.amazonaws.com`, the port 443, a path that begins with `/echo.api/` (*documented*). Equal
/// addresses are equal texts: no port, no query, no steps up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChainAddress(Url);

impl ChainAddress {
    /// Reads what a request says. Nothing is fetched for an address that does not pass.
    ///
    /// The text itself is checked before it is parsed, because parsers mend much of what is written
    /// to deceive: escapes in the host, backslashes, tabs, missing slashes. Steps up with `..` are
    /// allowed as long as the folder stays (*documented*); a query is dropped, so that it cannot
    /// make one address look like many.
    ///
    /// # Errors
    /// [`Reason::BadAddress`].
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\\%@#\"<>`{}|^".contains(&byte);
        if text.len() > LONGEST || !text.bytes().all(is_plain) {
            return Err(Reason::BadAddress);
        }
        let (scheme, rest) = text.split_at_checked(SCHEME.len()).ok_or(Reason::BadAddress)?;
        let (authority, _) = rest.split_once('/').ok_or(Reason::BadAddress)?;
        let host = authority.strip_suffix(":443").unwrap_or(authority);
        if !scheme.eq_ignore_ascii_case(SCHEME) || !host.eq_ignore_ascii_case(HOST) {
            return Err(Reason::BadAddress);
        }
        // What will be fetched is what the parser made of it, so that has to pass as well.
        let mut url = Url::parse(text).map_err(|_| Reason::BadAddress)?;
        url.set_query(None);
        let is_theirs = url.scheme() == "https"
            && url.host_str() == Some(HOST)
            && url.port().is_none()
            && url.path().starts_with(FOLDER);
        if is_theirs { Ok(Self(url)) } else { Err(Reason::BadAddress) }
    }

    /// What is to be fetched.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_amazon_pass_and_equal_ones_are_equal() {
        let plain =
            ChainAddress::parse("https://s3.amazonaws.com/echo.api/echo-api-cert.pem").unwrap();
        for same in [
            "https://s3.amazonaws.com:443/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com/echo.api/../echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com/echo.api/./echo-api-cert.pem",
            "HTTPS://S3.AmazonAWS.com/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com/echo.api/echo-api-cert.pem?",
            "https://s3.amazonaws.com/echo.api/echo-api-cert.pem?version=7&x=https://evil.example/",
        ] {
            assert_eq!(ChainAddress::parse(same).as_ref(), Ok(&plain), "{same}");
        }
        assert_eq!(plain.url().as_str(), "https://s3.amazonaws.com/echo.api/echo-api-cert.pem");
        let other = ChainAddress::parse("https://s3.amazonaws.com/echo.api/echo-api-cert-12.pem");
        assert_ne!(other.unwrap(), plain);
    }

    #[test]
    fn no_trick_of_an_address_passes() {
        for trick in [
            "",
            "https://",
            "https://s3.amazonaws.com",
            "https://s3.amazonaws.com/",
            "http://s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "ftp://s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "file:///echo.api/echo-api-cert.pem",
            "//s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https:/s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https:s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https:///s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https:\\\\s3.amazonaws.com\\echo.api\\echo-api-cert.pem",
            // Other hosts, and those that only look like it.
            "https://notamazon.com/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com.evil.example/echo.api/echo-api-cert.pem",
            "https://evil-s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https://evil.s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com./echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com.:443/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com@evil.example/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com:443@evil.example/echo.api/echo-api-cert.pem",
            "https://user:pw@s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https://@s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https://evil.example\\@s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https://evil.example#@s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https://evil.example?@s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https://evil.example/s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https://s3%2eamazonaws.com/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws%2Ecom/echo.api/echo-api-cert.pem",
            "https://s3\u{3002}amazonaws\u{3002}com/echo.api/echo-api-cert.pem",
            "https://s3.\u{430}mazonaws.com/echo.api/echo-api-cert.pem",
            "https://\u{ff53}3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https://s3.amazon\u{ad}aws.com/echo.api/echo-api-cert.pem",
            "https://xn--s3-0ea.amazonaws.com/echo.api/echo-api-cert.pem",
            "https://[::1]/echo.api/echo-api-cert.pem",
            "https://[::ffff:127.0.0.1]/echo.api/echo-api-cert.pem",
            "https://127.0.0.1/echo.api/echo-api-cert.pem",
            "https://2130706433/echo.api/echo-api-cert.pem",
            "https://localhost/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com\t/echo.api/echo-api-cert.pem",
            " https://s3.amazonaws.com/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com/echo.api/echo-api-cert.pem\n",
            "https://s3.amazonaws.com/echo.api/\r\nHost: evil.example",
            // Other ports.
            "https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com:80/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com:0/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com:4430/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com:65979/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com:-443/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com:443:443/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com:/echo.api/echo-api-cert.pem",
            // Other folders.
            "https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem",
            "https://s3.amazonaws.com/ECHO.API/echo-api-cert.pem",
            "https://s3.amazonaws.com/invalid.path/echo-api-cert.pem",
            "https://s3.amazonaws.com/echo.api",
            "https://s3.amazonaws.com/echo.apix/echo-api-cert.pem",
            "https://s3.amazonaws.com//echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com/x/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com/echo.api/../x/echo-api-cert.pem",
            "https://s3.amazonaws.com/echo.api/a/../../x",
            "https://s3.amazonaws.com/echo.api/..",
            "https://s3.amazonaws.com/echo.api/%2e%2e/x",
            "https://s3.amazonaws.com/echo.api/%2E./echo-api-cert.pem",
            "https://s3.amazonaws.com/echo.api/..%2fx",
            "https://s3.amazonaws.com/echo.api/..\\..\\x",
            "https://s3.amazonaws.com/echo%2eapi/echo-api-cert.pem",
            "https://s3.amazonaws.com\\echo.api\\echo-api-cert.pem",
            "https://s3.amazonaws.com/echo.api;/echo-api-cert.pem",
            "https://s3.amazonaws.com?/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com#/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com/x?/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com/x#/echo.api/echo-api-cert.pem",
            "https://s3.amazonaws.com/echo.api/echo-api-cert.pem#x",
        ] {
            assert_eq!(ChainAddress::parse(trick), Err(Reason::BadAddress), "{trick:?}");
        }
        let long = format!("https://s3.amazonaws.com/echo.api/{}", "x".repeat(LONGEST));
        assert_eq!(ChainAddress::parse(&long), Err(Reason::BadAddress));
    }
}
