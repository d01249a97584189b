//! Names of downloaded files, without their extension: what it is, of which network, made from how many networks.

/// `lenet-nad-0003-stored-20000-networks`: indices in file names are 0-based, as in every file and command.
pub fn of_nad(network: &str, nad_idx: usize, source: &str, networks: u64) -> String {
    format!("{network}-nad-{nad_idx:04}-{source}-{networks}-networks")
}

/// `lenet-spectrum-stored-20000-networks`
pub fn of_set(network: &str, what: &str, source: &str, networks: u64) -> String {
    format!("{network}-{what}-{source}-{networks}-networks")
}

/// `lenet-logreg-overlap`
pub fn of_pair(first: &str, second: &str, what: &str) -> String {
    format!("{first}-{second}-{what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_inside() {
        assert_eq!(of_nad("lenet", 3, "stored", 20_000), "lenet-nad-0003-stored-20000-networks");
        assert_eq!(of_set("lenet", "vectors", "live", 50), "lenet-vectors-live-50-networks");
    }
}
