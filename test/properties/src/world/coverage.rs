//! Which branches ran, and which numbers the contracts compared.

const CELLS: usize = 1 << 16;
const OPERANDS: usize = 256;
/// One comparison in so many gives its operands to the dictionary.
const SAMPLING: u32 = 61;

/// Branch counters of one call, those ever seen, and a ring of sampled comparison operands.
#[derive(Debug)]
pub struct Coverage {
    counts: Box<[u8; CELLS]>,
    touched: Vec<u16>,
    seen: Box<[u8; CELLS]>,
    edges: u32,
    operands: Vec<[u64; 4]>,
    next_operand: usize,
    comparisons: u32,
    asleep: bool,
}

impl Default for Coverage {
    fn default() -> Self {
        Self {
            counts: Box::new([0; CELLS]),
            touched: Vec::with_capacity(4_096),
            seen: Box::new([0; CELLS]),
            edges: 0,
            operands: Vec::with_capacity(OPERANDS),
            next_operand: 0,
            comparisons: 0,
            asleep: false,
        }
    }
}

impl Coverage {
    /// Counts nothing until told otherwise: a judge's questions are not what a sequence reached.
    pub(crate) fn sleep(&mut self, asleep: bool) {
        self.asleep = asleep;
    }

    /// Counts a branch of the code with this identity.
    #[inline]
    pub(crate) fn branch(&mut self, code: u16, counter: usize, taken: bool) {
        if self.asleep {
            return;
        }
        let cell = code ^ (((counter as u16) << 1) | u16::from(taken)).wrapping_mul(0x9e37);
        let count = &mut self.counts[usize::from(cell)];
        if *count == 0 {
            self.touched.push(cell);
        }
        *count = count.saturating_add(1);
    }

    /// Offers the operands of a comparison to the dictionary.
    #[inline]
    pub(crate) fn comparison(&mut self, operands: impl FnOnce() -> [[u64; 4]; 2]) {
        if self.asleep {
            return;
        }
        self.comparisons = self.comparisons.wrapping_add(1);
        if self.comparisons.is_multiple_of(SAMPLING) {
            for operand in operands() {
                if self.operands.len() < OPERANDS {
                    self.operands.push(operand);
                } else {
                    self.operands[self.next_operand] = operand;
                    self.next_operand = (self.next_operand + 1) % OPERANDS;
                }
            }
        }
    }

    /// Ends a call: whether it ran a branch as often as none did before, by powers of two.
    pub fn harvest(&mut self) -> bool {
        let mut is_new = false;
        for cell in self.touched.drain(..) {
            let count = std::mem::take(&mut self.counts[usize::from(cell)]);
            let bucket = match count {
                1 => 1,
                2 => 2,
                3 => 4,
                4..=7 => 8,
                8..=15 => 16,
                16..=31 => 32,
                32..=127 => 64,
                _ => 128_u8,
            };
            let seen = &mut self.seen[usize::from(cell)];
            if *seen & bucket == 0 {
                self.edges += u32::from(*seen == 0);
                *seen |= bucket;
                is_new = true;
            }
        }
        is_new
    }

    /// Branches that ever ran, each direction counted.
    pub fn edges(&self) -> u32 {
        self.edges
    }

    /// Sampled operands, oldest not necessarily first.
    pub fn operands(&self) -> &[[u64; 4]] {
        &self.operands
    }

    /// Forgets all of it, so that a round depends on nothing before it.
    pub fn reset(&mut self) {
        self.touched.clear();
        self.counts.fill(0);
        self.seen.fill(0);
        self.operands.clear();
        self.edges = 0;
        self.next_operand = 0;
        self.comparisons = 0;
    }
}
