//! Names of downloaded files: what it is, of which network, made from how many networks.

/// `lenet-nad-0003-stored-20000-networks.csv`: indices in file names are 0-based, as in every file and command.
pub fn of_nad(network: &str, nad_idx: usize, source: &str, networks: u64, extension: &str) -> String {
    format!("{network}-nad-{nad_idx:04}-{source}-{networks}-networks.{extension}")
}

/// `lenet-spectrum-stored-20000-networks.csv`
pub fn of_set(network: &str, what: &str, source: &str, networks: u64, extension: &str) -> String {
    format!("{network}-{what}-{source}-{networks}-networks.{extension}")
}

/// `lenet-logreg-overlap.csv`
pub fn of_pair(first: &str, second: &str, what: &str, extension: &str) -> String {
    // Own directions have a colon in their name.
    format!("{first}-{second}-{what}.{extension}").replace(':', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_inside() {
        assert_eq!(of_nad("lenet", 3, "stored", 20_000, "csv"), "lenet-nad-0003-stored-20000-networks.csv");
        assert_eq!(of_set("lenet", "vectors", "live", 50, "npy"), "lenet-vectors-live-50-networks.npy");
    }
}
