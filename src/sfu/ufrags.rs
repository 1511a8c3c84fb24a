//! Which session a user fragment of ours belongs to, and for those who accept TCP connections, which worker.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The worker of each user fragment in use. Written when sessions come and go, read once for each TCP connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Registry(Arc<Mutex<HashMap<String, usize>>>);

impl Registry {
    /// The number of the worker.
    pub(super) fn worker(&self, ufrag: &str) -> Option<usize> {
        self.with(|all| all.get(ufrag).copied())
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, usize>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The user fragments of one worker's sessions.
#[derive(Debug)]
pub(super) struct Ufrags {
    slots: HashMap<String, usize>,
    registry: Registry,
    worker: usize,
}

impl Ufrags {
    pub(super) fn new(registry: Registry, worker: usize) -> Self {
        Self {
            slots: HashMap::new(),
            registry,
            worker,
        }
    }

    /// The slot of the session.
    pub(super) fn get(&self, ufrag: &str) -> Option<usize> {
        self.slots.get(ufrag).copied()
    }

    pub(super) fn insert(&mut self, ufrag: String, slot: usize) {
        self.registry.with(|all| all.insert(ufrag.clone(), self.worker));
        self.slots.insert(ufrag, slot);
    }

    pub(super) fn remove(&mut self, ufrag: &str) {
        if self.slots.remove(ufrag).is_some() {
            self.registry.with(|all| all.remove(ufrag));
        }
    }
}
