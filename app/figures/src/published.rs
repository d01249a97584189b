//! Published numbers, to be drawn beside ours: hollow, and named "published". Nothing that makes, fills or mirrors results reads them.
//!
//! # Source
//! Ortiz-Jiménez, Modas, Moosavi-Dezfooli, Frossard: Neural Anisotropy Directions. NeurIPS 2020, and the authors' article about it:
//! single runs.

/// Where the numbers come from, for readers.
pub const SOURCE: &str = "Ortiz-Jiménez, Modas, Moosavi-Dezfooli, Frossard: Neural Anisotropy Directions. NeurIPS 2020, and the authors’ article about it: single runs";

/// Test accuracy on CIFAR-10 as it is and flipped in the NADs of the network, by the network's name.
pub const FLIPPED: [(&str, [f64; 2]); 4] = [
    ("lenet", [0.69, 0.48]),
    ("vgg11", [0.87, 0.53]),
    ("resnet18", [0.89, 0.58]),
    ("densenet121", [0.92, 0.56]),
];
