//! `nads describe`: what a network is, without running it.

use nads_core::arch::{Layer, Node, Plan};
use nads_figures::number;
use serde_json::json;

use crate::{arch_source::ArchSource, args::Describe, failure::Outcome, output};

/// One line of the table.
struct Row {
    depth: usize,
    layer: String,
    output: String,
    parameters: u64,
    macs: u64,
}

pub fn run(options: &Describe) -> Outcome<()> {
    let source = ArchSource::read(&options.arch)?;
    let plan = source.plan(options.channels, options.outputs)?;
    let mut rows = Vec::new();
    collect(&plan, &plan.nodes, 0, &mut rows);
    if options.json {
        let layers: Vec<_> = rows
            .iter()
            .map(|row| {
                json!({"layer": row.layer, "depth": row.depth, "output": row.output,
                    "parameters": row.parameters, "macs": row.macs})
            })
            .collect();
        return output::print_json(&json!({
            "name": source.name,
            "parameters": plan.parameter_count(),
            "macs": plan.macs,
            "symmetry": plan.symmetry.name(),
            "homogeneous": plan.homogeneous,
            "input": plan.input.to_string(),
            "outputs": plan.outputs,
            "layers": layers,
        }));
    }
    output::print(&table(&source, &plan, &rows))
}

fn collect(plan: &Plan, nodes: &[Node], depth: usize, rows: &mut Vec<Row>) {
    for node in nodes {
        let own: usize = plan.parameters[node.parameters.clone()].iter().map(|p| p.len()).sum();
        let layer = match node.layer {
            Layer::Head => format!("head, {}", number::counted(plan.outputs as u64, "output")),
            _ => node.layer.to_string(),
        };
        rows.push(Row {
            depth,
            layer,
            output: node.output.to_string(),
            parameters: own as u64,
            macs: node.macs,
        });
        for (i, block) in node.layer.blocks().into_iter().enumerate() {
            if i > 0 && matches!(node.layer, Layer::Residual { .. }) {
                rows.push(Row {
                    depth,
                    layer: "shortcut".into(),
                    output: node.output.to_string(),
                    parameters: 0,
                    macs: block.iter().map(|n| n.macs).sum(),
                });
            }
            collect(plan, block, depth + 1, rows);
        }
    }
}

fn table(source: &ArchSource, plan: &Plan, rows: &[Row]) -> String {
    let indented = |row: &Row| format!("{:1$}{2}", "", 2 * row.depth, row.layer);
    let cell = |n: u64| if n == 0 { String::new() } else { number::count(n) };
    let width = rows.iter().map(|r| indented(r).chars().count()).max().unwrap_or(0).max(12);
    let shape = rows.iter().map(|r| r.output.len()).max().unwrap_or(0).max(9);
    let mut text = format!("{}, input {}\n\n", source.title, plan.input);
    text += &format!("  {:width$}  {:>shape$}  {:>11}  {:>15}\n", "layer", "output", "parameters", "MACs");
    for row in rows {
        let line = format!(
            "  {:width$}  {:>shape$}  {:>11}  {:>15}",
            indented(row),
            row.output,
            cell(row.parameters),
            cell(row.macs)
        );
        text += line.trim_end();
        text.push('\n');
    }
    text += &format!(
        "\n  parameters    {}\n  MACs          {} a forward pass\n  symmetry      {}\n  homogeneous   {}\n",
        number::count(plan.parameter_count() as u64),
        number::count(plan.macs),
        plan.symmetry.name(),
        if plan.homogeneous { "yes: f(c x) = c f(x) for c > 0 without biases" } else { "no" }
    );
    text
}
