//! A sequence as a forge test: the same calls, byte by byte, in the same world.

use alloy_primitives::hex;

use super::{
    action::Action,
    model::Model,
    remembered,
    world::{Call, Fixture, START},
};
use crate::engine::Violation;

/// Text of a test for test/oracles.
pub(super) fn render(world: &Fixture, actions: &[Action], violation: &Violation) -> String {
    let (mut model, mut now, mut lines) = (Model::default(), START, String::new());
    for action in actions {
        lines += &format!("        // {action:?}\n");
        for step in super::steps(&model, action, now) {
            if let Action::Wait { seconds } = step {
                now += seconds;
                lines += &format!("        vm.warp({now});\n");
                continue;
            }
            let Some(calls) = world.calls(&model, &step, now) else {
                continue;
            };
            let next = model.after(&step, now);
            for (number, call) in calls.iter().enumerate() {
                lines += &line(call, number + 1 < calls.len() || next.is_ok());
            }
            if let (Ok(next), Some(call)) = (next, calls.into_iter().next_back()) {
                model = remembered(next, &step, call);
            }
        }
    }
    let name = violation.promise.replace('-', "");
    format!(
        "// {}: {}\nfunction test_{name}_Replay() public {{\n{lines}}}\n",
        violation.promise, violation.detail
    )
}

fn line(call: &Call, accepted: bool) -> String {
    let data = hex::encode(&call.data);
    format!("        replay({}, {}, hex\"{data}\", {accepted});\n", call.from, call.to)
}
