//! The same network with fewer channels, for runs that have to be small.

use super::{Arch, Item, Layer, Statement};

impl Arch {
    /// The network whose first convolution has `width` outputs, and all other convolutions, groups of channels and hidden
    /// linear layers in proportion, at least one each. Expected shapes (`=>`) are dropped.
    ///
    /// # Errors
    /// A network without a convolution, or no width at all.
    pub fn of_width(&self, width: usize) -> Result<Arch, String> {
        let first = first_width(&self.body).ok_or("has no convolution, so it has no width")?;
        if width == 0 || width > 4096 {
            return Err(format!("cannot be {width} channels wide; expected 1 to 4096, it has {first}"));
        }
        Ok(Arch { body: scaled(&self.body, &|n: usize| (n * width / first).max(1)), ..self.clone() })
    }
}

fn first_width(body: &[Statement]) -> Option<usize> {
    body.iter().find_map(|statement| match &statement.item {
        Item::Layer(Layer::Conv(conv)) => Some(conv.outputs),
        Item::Layer(layer) => layer.blocks().into_iter().find_map(first_width),
        Item::Repeat { body, .. } => first_width(body),
    })
}

fn scaled(body: &[Statement], scale: &dyn Fn(usize) -> usize) -> Vec<Statement> {
    let of = |statement: &Statement| Statement {
        item: item(&statement.item, scale),
        expect: None,
        at: statement.at,
    };
    body.iter().map(of).collect()
}

fn item(item: &Item, scale: &dyn Fn(usize) -> usize) -> Item {
    let layer = match item {
        Item::Repeat { count, body } => return Item::Repeat { count: *count, body: scaled(body, scale) },
        Item::Layer(layer) => layer,
    };
    Item::Layer(match layer.clone() {
        Layer::Conv(mut conv) => {
            conv.outputs = scale(conv.outputs);
            if conv.groups > 1 {
                conv.groups = scale(conv.groups);
            }
            Layer::Conv(conv)
        }
        Layer::Linear { outputs, bias, init } => Layer::Linear { outputs: scale(outputs), bias, init },
        Layer::Residual { body, shortcut } => {
            Layer::Residual { body: scaled(&body, scale), shortcut: shortcut.map(|s| scaled(&s, scale)) }
        }
        Layer::Concat { branches } => {
            Layer::Concat { branches: branches.iter().map(|b| scaled(b, scale)).collect() }
        }
        same @ (Layer::BatchNorm
        | Layer::Norm(_)
        | Layer::LayerScale { .. }
        | Layer::Activation(_)
        | Layer::MaxPool(_)
        | Layer::AvgPool(_)
        | Layer::BlurPool(_)
        | Layer::GlobalAvgPool
        | Layer::Dropout { .. }
        | Layer::Flatten
        | Layer::Head) => same,
    })
}

#[cfg(test)]
mod tests {
    use crate::arch::{Arch, PRESETS, Plan, preset};

    #[test]
    fn half_as_wide_has_a_quarter_of_the_work() {
        let arch = Arch::parse(preset("resnet20").unwrap().text).unwrap();
        let plan = |arch: &Arch| Plan::new(arch, None, 1).unwrap();
        let (full, half) = (plan(&arch), plan(&arch.of_width(8).unwrap()));
        let ratio = full.macs as f64 / half.macs as f64;
        assert!((3.8..4.1).contains(&ratio), "{ratio}");
        assert_eq!(half.features, 32);
    }

    #[test]
    fn its_own_width_changes_nothing_and_every_preset_can_be_narrow() {
        for preset in PRESETS {
            let arch = Arch::parse(preset.text).unwrap();
            let own = Plan::new(&arch, None, 1).unwrap();
            let first = own.nodes.first().map_or(0, |node| node.output.channels);
            match arch.of_width(first) {
                Ok(same) => assert_eq!(Plan::new(&same, None, 1).unwrap().macs, own.macs, "{}", preset.name),
                Err(why) => assert!(why.contains("no convolution"), "{}: {why}", preset.name),
            }
            if let Ok(narrow) = arch.of_width(4) {
                let text = narrow.to_string();
                assert_eq!(Arch::parse(&text).unwrap().to_string(), text);
                Plan::new(&narrow, Some(3), 10).unwrap();
            }
        }
        assert!(Arch::parse(preset("lenet").unwrap().text).unwrap().of_width(0).is_err());
    }
}
