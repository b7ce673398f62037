//! Names of the models behind device types (*observed*: tables of public clients). Used for display
//! when Amazon does not name the model; what a device can do is never derived from it.

/// Type of multi-room groups.
pub const GROUP: &str = "A3C9PE6TNYLTCH";
/// Type of stereo pairs.
pub const PAIR: &str = "AP1F6KUH00XPV";
/// Type of the subwoofer, which plays along with its pair and cannot be addressed.
pub const SUB: &str = "A3SSG6GR8UU7SN";
/// Types of phone and computer apps, among them the one this client registers as.
pub const APPS: &[&str] = &["A2IVLV5VM2W81", "A2TF17PFR55MTB", "A1RTAM01W29CUP", "A3NWHXTQ4EBCZS"];

const MODELS: &[(&str, &str)] = &[
    (GROUP, "Speaker group"),
    (PAIR, "Stereo pair"),
    (SUB, "Echo Sub"),
    ("AB72C64C86AW2", "Echo"),
    ("A7WXQPH584YP", "Echo (2nd gen)"),
    ("A3FX4UWTP28V1P", "Echo (3rd gen)"),
    ("A3RMGO6LYLH7YN", "Echo (4th gen)"),
    ("AKNO1N0KSFN8L", "Echo Dot"),
    ("A3S5BH2HU6VAYF", "Echo Dot (2nd gen)"),
    ("A1RABVCI4QCIKC", "Echo Dot (3rd gen)"),
    ("A32DDESGESSHZA", "Echo Dot (3rd gen)"),
    ("A32DOYMUN6DTXA", "Echo Dot (3rd gen)"),
    ("A30YDR2MK8HMRV", "Echo Dot (3rd gen)"),
    ("A2U21SRK4QGSE1", "Echo Dot (4th gen)"),
    ("A2H4LV5GIZ1JFT", "Echo Dot (4th gen) with clock"),
    ("A4ZXE0RM7LQ7A", "Echo Dot (5th gen)"),
    ("A2DS1Q2TPDJ48U", "Echo Dot (5th gen) with clock"),
    ("A1MR3F8QRZNAXI", "Echo Dot Max"),
    ("ASQZWP4GPYUT7", "Echo Pop"),
    ("A3RBAYBE7VM004", "Echo Studio"),
    ("A2M35JJZWCQOMZ", "Echo Plus"),
    ("A18O6U1UQFJ0XK", "Echo Plus (2nd gen)"),
    ("A3VRME03NAXFUB", "Echo Flex"),
    ("A1JJ0KFC4ZPNJ3", "Echo Input"),
    ("A38949IHXHRQ5P", "Echo Tap"),
    ("A27VEYGQBW3YR5", "Echo Link"),
    ("A2RU4B77X9R9NZ", "Echo Link Amp"),
    ("A303PJF6ISQ7IC", "Echo Auto"),
    ("A13W6HQIHKEN3Z", "Echo Auto (2nd gen)"),
    ("A1NL4BVLQ4L3N3", "Echo Show"),
    ("AWZZ5CVHX2CD", "Echo Show (2nd gen)"),
    ("A4ZP7ZC4PI6TO", "Echo Show 5"),
    ("A1XWJRHALS1REP", "Echo Show 5 (2nd gen)"),
    ("A11QM4H9HGV71H", "Echo Show 5 (3rd gen)"),
    ("A1Z88NGR2BK6A2", "Echo Show 8"),
    ("A15996VY63BQ2D", "Echo Show 8 (2nd gen)"),
    ("A2UONLFQW0PADH", "Echo Show 8 (3rd gen)"),
    ("AIPK7MM90V7TB", "Echo Show 10 (3rd gen)"),
    ("A2LLN0UXRW4N50", "Echo Show 11"),
    ("A1EIANJ7PNB0Q7", "Echo Show 15"),
    ("AQ24620N8QD5Q", "Echo Show 15 (2nd gen)"),
    ("A10A33FOX2NUBK", "Echo Spot"),
    ("A3EH2E0YZ30OD6", "Echo Spot (2nd gen)"),
    ("ADMKNMEVNL158", "Echo Hub"),
];

/// The model of a device type, where it is known.
pub fn model(device_type: &str) -> Option<&'static str> {
    MODELS.iter().find(|(known, _)| *known == device_type).map(|(_, model)| *model)
}
