//! A sequence as a forge test: the same calls, byte by byte, in the same world.

use alloy_primitives::hex;

use super::{
    action::Action,
    encode::{Call, encode},
    fixture::{Fixture, START},
    model::Model,
};
use crate::engine::Violation;

/// Text of a test for test/skills. A story of calls is told as a comment: it shows in the sequence that breaks, not in
/// a part of it.
pub(super) fn solidity(world: &Fixture, actions: &[Action], violation: &Violation) -> String {
    let (mut model, mut now, mut lines) = (Model::default(), START, String::new());
    let line = |call: &Call, accepted: bool| {
        let data = hex::encode(&call.data);
        format!(
            "        replay({}, {}, hex\"{data}\", {accepted});\n",
            call.from, call.to
        )
    };
    for action in actions {
        lines += &format!("        // {action:?}\n");
        if let Action::Wait { seconds } = action {
            now += seconds;
            lines += &format!("        vm.warp({now});\n");
            continue;
        }
        let Some((before, call)) = encode(world, &model, action, now) else {
            continue;
        };
        if let Some(before) = before {
            lines += &line(&before, true);
        }
        let next = model.after(action, now);
        lines += &line(&call, next.is_ok());
        if let Ok(mut next) = next {
            if super::is_signed(action) {
                next.remember(call.data.into(), model.again(action, now));
            }
            model = next;
        }
    }
    let name = violation.promise.replace('-', "");
    format!(
        "// {}: {}\nfunction test_{name}_Replay() public {{\n{lines}}}\n",
        violation.promise, violation.detail
    )
}
