//! Which simulcast layer goes to each seat of a receiver: what the page shows, within what the connection carries.

/// How large a picture is shown, in pixels of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Width; 0 if it is not shown.
    pub width: u16,
    /// Height; 0 if it is not shown.
    pub height: u16,
}

impl Shown {
    /// As large as can be: what holds while the page has not said.
    pub const WHOLE: Shown = Shown {
        width: u16::MAX,
        height: u16::MAX,
    };

    /// True if nothing of it is seen.
    pub fn is_hidden(self) -> bool {
        self.width == 0 || self.height == 0
    }

    fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// A picture may be enlarged by a quarter before a larger layer is worth its bits.
const ENLARGED_MAX_QUARTERS: u32 = 5;
/// Of the budget, in per cent, what may be filled when a seat gets more than it has now. The rest keeps a choice from
/// going up and down with every breath of the estimate.
const FILLED_WHEN_RAISING: u64 = 85;

/// A layer that a publisher sends now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// The caller's name for it.
    pub id: usize,
    /// Width of its pictures; 0 while unknown.
    pub width: u16,
    /// Height of its pictures; 0 while unknown.
    pub height: u16,
    /// What it costs, in bits a second.
    pub bits: u64,
}

impl Layer {
    fn pixels(&self) -> u32 {
        u32::from(self.width) * u32::from(self.height)
    }

    /// Fits into the place without being enlarged by more than a quarter; the whole picture is kept in sight.
    fn fills(&self, shown: Shown) -> bool {
        let enough = |place: u16, picture: u16| {
            u32::from(place) * (ENLARGED_MAX_QUARTERS - 1) <= u32::from(picture) * ENLARGED_MAX_QUARTERS
        };
        enough(shown.width, self.width) || enough(shown.height, self.height)
    }
}

/// A seat that pictures are routed to.
#[derive(Debug, Clone)]
pub struct Wish {
    /// How it is shown.
    pub shown: Shown,
    /// The layers that flow.
    pub layers: Vec<Layer>,
    /// What it has now.
    pub now: Choice,
}

/// What a seat gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Nobody looks at it, or nothing flows.
    Nothing,
    /// The connection does not carry it.
    Paused,
    /// This layer.
    Layer(usize),
}

/// What the pictures of one receiver may cost together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Bits a second.
    pub bits: u64,
    /// The connection has shown that it carries no more. Until then everybody's smallest layer goes out regardless.
    pub proven: bool,
}

/// What each seat gets, and what all of them would cost if there were room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// In the order of the wishes.
    pub choices: Vec<Choice>,
    /// What is given out, in bits a second.
    pub bits: u64,
    /// What would be given out if the next seat in turn got its next layer; `None` if everybody has what they wish.
    pub next: Option<u64>,
}

impl Allocation {
    /// The budget that the next step needs; `None` if everybody has what they wish.
    pub fn wanted(&self) -> Option<u64> {
        self.next.map(|bits| bits * 100 / FILLED_WHEN_RAISING + 1)
    }
}

/// Gives out the budget: first everybody's smallest layer, then a step for each in turn. Large places come first.
/// `None` is a receiver of whose connection nothing is known: everybody gets what the page shows.
pub fn allocate(budget: Option<Budget>, wishes: &[Wish]) -> Allocation {
    let ladders: Vec<Vec<Layer>> = wishes.iter().map(ladder).collect();
    let mut turns: Vec<usize> = (0..wishes.len()).filter(|i| !ladders[*i].is_empty()).collect();
    turns.sort_by_key(|i| std::cmp::Reverse(wishes[*i].shown.area()));
    let mut steps: Vec<Option<usize>> = vec![None; wishes.len()];
    let (mut spent, mut next) = (0u64, None);
    let highest = ladders.iter().map(Vec::len).max().unwrap_or(0);
    for step in 0..highest {
        for &i in &turns {
            let (ladder, before) = (&ladders[i], step.checked_sub(1));
            let Some(layer) = ladder.get(step).filter(|_| steps[i] == before) else {
                continue;
            };
            let has = before.and_then(|b| ladder.get(b)).map_or(0, |l| l.bits);
            let would = spent + layer.bits.saturating_sub(has);
            let raises = match wishes[i].now {
                Choice::Layer(id) => ladder
                    .iter()
                    .position(|l| l.id == id)
                    .is_none_or(|now| step > now),
                Choice::Paused | Choice::Nothing => true,
            };
            let fits = match budget {
                None => true,
                Some(b) if step == 0 && !b.proven => true,
                Some(b) if raises => would <= b.bits * FILLED_WHEN_RAISING / 100,
                Some(b) => would <= b.bits,
            };
            if fits {
                steps[i] = Some(step);
                spent = would;
            } else {
                next.get_or_insert(would);
            }
        }
    }
    let choices = steps
        .iter()
        .zip(&ladders)
        .map(|(step, ladder)| match step.and_then(|s| ladder.get(s)) {
            Some(layer) => Choice::Layer(layer.id),
            None if ladder.is_empty() => Choice::Nothing,
            None => Choice::Paused,
        })
        .collect();
    Allocation {
        choices,
        bits: spent,
        next,
    }
}

/// The layers that a place has use for, the smallest first: up to the first that fills it.
fn ladder(wish: &Wish) -> Vec<Layer> {
    if wish.shown.is_hidden() {
        return Vec::new();
    }
    let mut layers = wish.layers.clone();
    layers.sort_by_key(|l| (l.pixels(), l.bits));
    let enough = layers.iter().position(|l| l.fills(wish.shown));
    layers.truncate(enough.map_or(layers.len(), |e| e + 1));
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYERS: [Layer; 3] = [
        Layer {
            id: 7,
            width: 1280,
            height: 720,
            bits: 1_500_000,
        },
        Layer {
            id: 3,
            width: 320,
            height: 180,
            bits: 150_000,
        },
        Layer {
            id: 5,
            width: 640,
            height: 360,
            bits: 500_000,
        },
    ];

    fn wish(width: u16, height: u16, now: Choice) -> Wish {
        Wish {
            shown: Shown { width, height },
            layers: LAYERS.into(),
            now,
        }
    }

    fn known(bits: u64) -> Option<Budget> {
        Some(Budget { bits, proven: true })
    }

    #[test]
    fn a_place_gets_the_smallest_layer_that_fills_it() {
        let choose = |w, h| allocate(None, &[wish(w, h, Choice::Nothing)]).choices[0];
        assert_eq!(choose(160, 90), Choice::Layer(3));
        assert_eq!(choose(400, 225), Choice::Layer(3), "enlarged by a quarter");
        assert_eq!(choose(402, 227), Choice::Layer(5));
        assert_eq!(
            choose(402, 90),
            Choice::Layer(3),
            "a low place shows it no larger"
        );
        assert_eq!(choose(900, 600), Choice::Layer(7));
        assert_eq!(choose(4000, 3000), Choice::Layer(7), "there is none larger");
        assert_eq!(choose(0, 300), Choice::Nothing);
        assert_eq!(choose(300, 0), Choice::Nothing);
        let unsaid = Wish {
            shown: Shown::WHOLE,
            ..wish(1, 1, Choice::Nothing)
        };
        assert_eq!(allocate(None, &[unsaid]).choices[0], Choice::Layer(7));
    }

    #[test]
    fn a_track_that_never_sent_gets_nothing() {
        let silent = Wish {
            layers: vec![],
            ..wish(640, 360, Choice::Nothing)
        };
        assert_eq!(allocate(known(0), &[silent]).choices, [Choice::Nothing]);
    }

    #[test]
    fn everybody_has_the_smallest_before_anybody_has_more() {
        let wishes = [
            wish(640, 360, Choice::Layer(3)),
            wish(1280, 720, Choice::Layer(3)),
            wish(640, 360, Choice::Layer(3)),
        ];
        let small = allocate(known(500_000), &wishes);
        assert_eq!(small.choices, [Choice::Layer(3); 3]);
        assert_eq!(
            (small.bits, small.next, small.wanted()),
            (450_000, Some(800_000), Some(941_177))
        );
        // One step more, and it goes to the large place.
        let more = allocate(known(1_000_000), &wishes);
        assert_eq!(
            more.choices,
            [Choice::Layer(3), Choice::Layer(5), Choice::Layer(3)]
        );
        let all = allocate(known(10_000_000), &wishes);
        assert_eq!(
            all.choices,
            [Choice::Layer(5), Choice::Layer(7), Choice::Layer(5)]
        );
        assert_eq!(all.next, None);
    }

    #[test]
    fn what_is_not_carried_is_paused_the_small_places_first() {
        let wishes = [wish(200, 100, Choice::Layer(3)), wish(640, 360, Choice::Layer(3))];
        assert_eq!(
            allocate(known(299_999), &wishes).choices,
            [Choice::Paused, Choice::Layer(3)]
        );
        assert_eq!(allocate(known(100_000), &wishes).choices, [Choice::Paused; 2]);
    }

    #[test]
    fn before_the_connection_has_shown_its_limit_nobody_is_paused() {
        let wishes = [wish(640, 360, Choice::Nothing), wish(640, 360, Choice::Nothing)];
        let guess = Some(Budget {
            bits: 200_000,
            proven: false,
        });
        assert_eq!(allocate(guess, &wishes).choices, [Choice::Layer(3); 2]);
    }

    #[test]
    fn going_up_needs_room_to_spare_and_staying_does_not() {
        let choose = |bits, now| allocate(known(bits), &[wish(640, 360, now)]).choices[0];
        assert_eq!(choose(500_000, Choice::Layer(5)), Choice::Layer(5));
        assert_eq!(choose(499_999, Choice::Layer(5)), Choice::Layer(3));
        assert_eq!(choose(580_000, Choice::Layer(3)), Choice::Layer(3));
        assert_eq!(choose(590_000, Choice::Layer(3)), Choice::Layer(5));
        assert_eq!(choose(160_000, Choice::Paused), Choice::Paused);
        assert_eq!(choose(180_000, Choice::Paused), Choice::Layer(3));
    }

    proptest::proptest! {
        /// Never above a proven budget, never a layer that is not there, and more room never means a smaller picture.
        #[test]
        fn budgets_are_kept(
            bits in 0u64..4_000_000,
            sizes in proptest::collection::vec((0u16..1500, 0u16..900), 0..8),
        ) {
            let wishes: Vec<Wish> = sizes.iter().map(|(w, h)| wish(*w, *h, Choice::Nothing)).collect();
            let some = allocate(known(bits), &wishes);
            proptest::prop_assert!(some.bits <= bits);
            let more = allocate(known(bits * 2), &wishes);
            proptest::prop_assert!(more.bits >= some.bits);
            for (choice, (w, h)) in some.choices.iter().zip(&sizes) {
                proptest::prop_assert_eq!(*choice == Choice::Nothing, *w == 0 || *h == 0);
            }
        }
    }
}
