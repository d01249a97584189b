//! (in work)
#[derive(Clone, Debug, PartialEq)]
pub struct Reflectors {
    size: usize,
}
impl Reflectors {
    pub fn size(&self) -> usize {
        self.size
    }
    pub fn column(&self, _column: usize) -> Vec<f32> {
        unreachable!()
    }
}
