//! Concatenations that are never made.
//!
//! Where only batch norms (and other concatenations) read a concatenation, they read its pieces instead. In a DenseNet that
//! is every one: each layer's input is all outputs before it, and copying them for each would move more than it computes.

use super::{
    operation::{Input, Operation},
    store::Id,
};

/// Takes out such concatenations; returns the values that are not there any more.
pub fn remove_concats(operations: &mut Vec<Box<dyn Operation>>, output: Id) -> Vec<Id> {
    let mut gone = Vec::new();
    let mut i = 0;
    while i < operations.len() {
        match operations[i].is_concat().then(|| pieces(operations, i, output)).flatten() {
            None => i += 1,
            Some(pieces) => {
                let id = operations.remove(i).output();
                for reader in &mut operations[i..] {
                    if let Some(inputs) = reader.pieces()
                        && let Some(at) = inputs.iter().position(|input| input.id == id)
                    {
                        inputs.splice(at..=at, pieces.iter().copied());
                    }
                }
                gone.push(id);
            }
        }
    }
    gone
}

/// The pieces of concatenation `i`, if every reader can take them.
fn pieces(operations: &mut [Box<dyn Operation>], i: usize, output: Id) -> Option<Vec<Input>> {
    let id = operations[i].output();
    let pieces = operations[i].pieces()?.clone();
    // Each gradient is written once.
    let twice = (1..pieces.len()).any(|at| pieces[..at].contains(&pieces[at]));
    let readable = operations[i + 1..].iter_mut().all(|reader| {
        let reads = reader.inputs().iter().filter(|input| input.id == id).count();
        reads == 0 || reads == 1 && reader.pieces().is_some()
    });
    (!twice && readable && id != output).then_some(pieces)
}
