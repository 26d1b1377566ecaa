//! What a process takes, as the kernel counts it.

use std::fs;

use nix::unistd::{Pid, SysconfVar, sysconf};

/// Processor time and memory of a process, as last seen.
#[derive(Debug, Default, Clone, Copy)]
pub struct Cost {
    /// Processor time since its start, in seconds.
    pub cpu_s: f64,
    /// Most memory that was resident at once, in KiB.
    pub peak_kib: u64,
}

impl Cost {
    /// Looks at a process; one that is gone leaves what was seen before.
    pub fn look(&mut self, pid: Pid) {
        let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let status = read("status");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|text| text.split_whitespace().next()?.parse().ok());
        self.peak_kib = peak.unwrap_or(self.peak_kib).max(self.peak_kib);
        // Fields 14 and 15 (user and system time): 11 stand between them and the name, which may hold spaces.
        let stat = read("stat");
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks: Vec<u64> = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|f| f.parse().ok())
            .collect();
        if ticks.len() == 2 {
            let second = sysconf(SysconfVar::CLK_TCK).ok().flatten().unwrap_or(100);
            self.cpu_s = ticks.iter().sum::<u64>() as f64 / second as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_takes_memory_and_time() {
        let mut cost = Cost::default();
        let mut sum = 0_u64;
        while cost.cpu_s < 0.02 {
            sum = (0..1_000_000_u64).fold(sum, |a, b| a.wrapping_mul(31).wrapping_add(b));
            cost.look(Pid::this());
        }
        assert!(cost.peak_kib > 1_000, "{cost:?} {sum}");
    }
}
