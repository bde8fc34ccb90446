//! A collection of the store in the midst of a build: what the build has used stays.

use std::thread;

use camino::Utf8Path;
use oast_engine::store::Store;
use rusqlite::{Connection, OpenFlags};

use crate::law::Asked;
use crate::law::happening::{collect, is_kept};
use crate::law::machine::Kind;
use crate::law::model::Edit;
use crate::law::program;
use crate::law::run::Run;
use crate::law::step::Step;
use crate::law::tree::{Tree, some_time};

impl Run<'_> {
    /// Builds, and then builds something else, or the same once more from nothing, while all is removed from the store that nothing
    /// holds. What that build used is not among it.
    pub(super) fn collected(&mut self, edit: Edit, step: &Step) -> Result<(), String> {
        let Step { a, b, .. } = *step;
        self.build(step.same_session, step.waits)?;
        let is_whole = self.asked.store && self.is_store_well && is_kept(&self.tree)?;
        match b % 4 {
            0 => (),
            1 => self.model = self.past[self.past.len().saturating_sub(1 + b / 4 % 3)].clone(),
            _ => self.model.edit(edit, a, b),
        }
        self.tree.write(&self.model.files());
        if b.is_multiple_of(2) {
            self.tree.clean(&self.asked);
            self.bound.cleaned();
        }
        self.attempted();
        let (moment, clean) = (self.moment(a, 400), self.clean());
        let is_collected = self.tree.build_while_collected(&self.asked, moment)?;
        self.tally.collections.add(is_collected);
        self.compiled.clear();
        self.tree.machine.take_log();
        if !is_whole || !clean.is_success {
            return Ok(());
        }
        if !is_kept(&self.tree)? {
            return Err("what a build has used was removed from the store".to_owned());
        }
        let ran = self.rebuild(&clean)?;
        if ran.is_empty() { Ok(()) } else { Err(format!("what was built is not held: {ran:?}")) }
    }
}

impl Tree {
    /// Builds, and lets somebody remove from the store what nothing holds, when the process has looked and done so many times; whether
    /// that happened.
    fn build_while_collected(&mut self, asked: &Asked, count: usize) -> Result<bool, String> {
        if self.machine.kind == Kind::Program {
            let running = program::start(&self.place(asked), &[]);
            thread::sleep(some_time(count));
            collect(self)?;
            return running.done(&self.place(asked)).map(|_| true);
        }
        let (host, home) = (self.machine.host.clone(), self.machine.home());
        let database = home.join("store.db");
        self.process.meet_when(
            count,
            true,
            move || is_free(&database),
            move || {
                // What is damaged is removed from by nobody.
                _ = Store::open(&*host, &home).and_then(|store| store.gc(0));
            },
        );
        self.build(asked, true, &[])?;
        Ok(self.process.end())
    }
}

/// Whether nobody is changing the database: whoever would wait for one who waits for him waits for ever.
fn is_free(database: &Utf8Path) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags);
    connection.is_ok_and(|it| it.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_ok())
}
