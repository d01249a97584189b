//! Counting tests over everything that was run.

use crate::run::Finished;

/// What passed, failed and was skipped so far.
#[derive(Debug, Default, PartialEq)]
pub struct Totals {
    pub passed: usize,
    /// Name, and what is known about it.
    pub failed: Vec<(String, String)>,
    /// Name and reason.
    pub skipped: Vec<(String, String)>,
}

impl Totals {
    /// Counts the tests of one or more libtest programs by what they printed.
    pub fn add_tests(&mut self, program: &str, finished: &Finished) {
        let (mut passed, mut failed, mut summaries) = (0, 0, 0);
        for line in finished.output.lines() {
            if line.starts_with("test result: ") {
                summaries += 1;
            }
            let Some((name, verdict)) = line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "))
            else {
                continue;
            };
            let full = format!("{program}: {}", name.trim_end());
            match verdict_and_reason(verdict) {
                ("ok", _) => passed += 1,
                ("ignored", reason) => {
                    let reason = if reason.is_empty() { "no reason given" } else { reason };
                    self.skipped.push((full, reason.to_owned()));
                }
                _ => {
                    failed += 1;
                    self.failed.push((full, finished.tail()));
                }
            }
        }
        self.passed += passed;
        // A program that crashes says nothing about the test it was in; one that fails without a failed test did not compile.
        if !finished.success && failed == 0 || finished.success && summaries == 0 {
            self.failed.push((format!("{program}: did not finish"), finished.tail()));
        }
    }

    /// Counts one check of our own.
    pub fn add_check(&mut self, name: &str, result: anyhow::Result<()>) {
        match result {
            Ok(()) => self.passed += 1,
            Err(error) => self.failed.push((name.to_owned(), format!("{error:#}"))),
        }
    }

    pub fn skip(&mut self, name: &str, reason: &str) {
        self.skipped.push((name.to_owned(), reason.to_owned()));
    }

    pub fn add(&mut self, other: Totals) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        self.skipped.extend(other.skipped);
    }

    /// What failed and what was skipped, then the one line that ends `cargo xtask test`.
    pub fn report(&self) -> String {
        let mut text = String::new();
        for (i, (name, what)) in self.failed.iter().enumerate() {
            // Several failures of one program share its log: shown once.
            let repeated = self.failed[..i].iter().any(|(_, earlier)| earlier == what);
            text += &format!("failed: {name}\n");
            if !repeated {
                text += &format!("{what}\n");
            }
        }
        for (name, reason) in &self.skipped {
            text += &format!("skipped: {name} ({reason})\n");
        }
        text + &format!(
            "{} passed, {} failed, {} skipped",
            self.passed,
            self.failed.len(),
            self.skipped.len()
        )
    }
}

/// libtest says `ignored, needs a GPU`; libtest-mimic, which runs the browser tests, `ignored (needs a GPU)`.
fn verdict_and_reason(line: &str) -> (&str, &str) {
    let in_brackets =
        line.split_once(" (").and_then(|(verdict, rest)| Some((verdict, rest.strip_suffix(')')?)));
    in_brackets.or_else(|| line.split_once(", ")).unwrap_or((line, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(output: &str, success: bool) -> Totals {
        let mut totals = Totals::default();
        let finished =
            Finished { success, output: output.to_owned(), errors: String::new(), log: "x.log".into() };
        totals.add_tests("core", &finished);
        totals
    }

    #[test]
    fn counts_what_libtest_prints() {
        let totals = printed(
            "running 4 tests\ntest a::b ... ok\ntest c - should panic ... ok\ntest d ... FAILED\ntest e ... ignored, needs a GPU\n\n\
             test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out\n",
            false,
        );
        assert_eq!(totals.passed, 2);
        assert_eq!(totals.failed.len(), 1);
        assert_eq!(totals.skipped, [("core: e".to_owned(), "needs a GPU".to_owned())]);
        assert!(totals.report().ends_with("2 passed, 1 failed, 1 skipped"));
    }

    #[test]
    fn a_test_may_find_out_that_it_cannot_run() {
        let totals = printed(
            "running 1 test\ntest a::b ... ignored (axe-core comes from npm, and there is none)\n\ntest result: ok. 0 passed; 0 failed\n",
            true,
        );
        let reason = "axe-core comes from npm, and there is none";
        assert_eq!(totals.skipped, [("core: a::b".to_owned(), reason.to_owned())]);
        assert!(totals.failed.is_empty());
    }

    #[test]
    fn a_crash_and_a_silent_program_are_failures() {
        assert_eq!(printed("running 1 test\n", false).failed.len(), 1);
        assert_eq!(printed("", true).failed.len(), 1);
        assert_eq!(
            printed("running 0 tests\n\ntest result: ok. 0 passed; 0 failed\n", true),
            Totals::default()
        );
    }
}
