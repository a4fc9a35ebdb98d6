//! [`Roster`]: everybody, as a worker hears of them when it begins. Each worker of an app
//! has it, so it is small: a row for each, and all names in one text; and it is shared,
//! where workers are threads.

use std::{cmp::Ordering, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::control::Entry;
use crate::id::{Incarnation, WorkerId};

/// See the [module](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roster(Arc<Rows>);

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rows {
    names: String,
    /// By their ids, each higher than the one before.
    rows: Vec<Row>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    id: WorkerId,
    incarnation: Incarnation,
    /// Where its name ends, which begins where that of the row before ends.
    end: u32,
    worker: Option<u16>,
    stopped: bool,
}

/// A worker of a [`Roster`]: see [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed<'a> {
    pub(crate) id: WorkerId,
    pub(crate) incarnation: Incarnation,
    pub(crate) name: &'a str,
    pub(crate) worker: Option<u16>,
    /// It has stopped in order, and does not live again.
    pub(crate) stopped: bool,
}

impl<'a> From<&'a Entry> for Listed<'a> {
    fn from(entry: &'a Entry) -> Self {
        Listed {
            id: entry.id,
            incarnation: entry.incarnation,
            name: &entry.name,
            worker: entry.worker,
            stopped: false,
        }
    }
}

impl Roster {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.rows.is_empty()
    }

    pub(crate) fn get(&self, id: WorkerId) -> Option<Listed<'_>> {
        let rows = &self.0.rows;
        // Mostly nobody is missing, and then it is in its place.
        let in_place = rows.get(id.index()).is_some_and(|row| row.id == id);
        let at = match in_place {
            true => id.index(),
            false => rows.binary_search_by_key(&id, |row| row.id).ok()?,
        };
        self.0.listed(at)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Listed<'_>> {
        (0..self.0.rows.len()).filter_map(|at| self.0.listed(at))
    }

    /// Those that have not stopped, and the index of the type of each.
    pub(crate) fn living(&self) -> impl Iterator<Item = (WorkerId, Option<u16>)> {
        let living = self.0.rows.iter().filter(|row| !row.stopped);
        living.map(|row| (row.id, row.worker))
    }
}

impl Rows {
    fn listed(&self, at: usize) -> Option<Listed<'_>> {
        let row = self.rows.get(at)?;
        let start = at.checked_sub(1).map_or(0, |before| self.rows[before].end);
        Some(Listed {
            id: row.id,
            incarnation: row.incarnation,
            name: self.names.get(start as usize..row.end as usize)?,
            worker: row.worker,
            stopped: row.stopped,
        })
    }

    /// What could not be said of anybody.
    fn is_sound(&self) -> bool {
        let in_order = |pair: &[Row]| pair[0].id.cmp(&pair[1].id) == Ordering::Less;
        self.rows.windows(2).all(in_order)
            && (0..self.rows.len()).all(|at| self.listed(at).is_some())
    }
}

/// By their ids, each higher than the one before.
impl<'a> FromIterator<Listed<'a>> for Roster {
    fn from_iter<I: IntoIterator<Item = Listed<'a>>>(listed: I) -> Self {
        let mut all = Rows::default();
        for one in listed {
            all.names.push_str(one.name);
            all.rows.push(Row {
                id: one.id,
                incarnation: one.incarnation,
                // Names are short: there would be no memory for so many.
                end: u32::try_from(all.names.len()).unwrap_or(u32::MAX),
                worker: one.worker,
                stopped: one.stopped,
            });
        }
        Roster(Arc::new(all))
    }
}

impl Serialize for Roster {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Roster {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Roster, D::Error> {
        let all = Rows::deserialize(deserializer)?;
        match all.is_sound() {
            true => Ok(Roster(Arc::new(all))),
            false => Err(D::Error::custom("a list of workers that cannot be")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::codec::{decode, encode};

    fn listed(id: u32, name: &str) -> Listed<'_> {
        Listed {
            id: WorkerId(id),
            incarnation: Incarnation(id + 1),
            name,
            worker: (id > 0).then_some(7),
            stopped: id == 3,
        }
    }

    #[test]
    fn each_is_found_by_its_id_after_the_journey_too() {
        let all = [
            listed(0, "main"),
            listed(2, "ä"),
            listed(3, ""),
            listed(9, "z"),
        ];
        let made: Roster = all.iter().copied().collect();
        let bytes = encode(&made, 1000).unwrap_or_default();
        assert_eq!(decode::<Roster>(&bytes), Ok(made.clone()));
        for one in all {
            assert_eq!(made.get(one.id), Some(one));
        }
        assert_eq!(made.get(WorkerId(1)), None);
        assert_eq!(made.get(WorkerId(10)), None);
        assert!(made.iter().eq(all));
        assert!(made.living().map(|(id, _)| id.0).eq([0, 2, 9]));
        assert!(!made.is_empty() && Roster::default().is_empty());
    }

    #[test]
    fn a_list_that_cannot_be_is_refused() {
        let row = |id, end| Row {
            id: WorkerId(id),
            incarnation: Incarnation::FIRST,
            end,
            worker: None,
            stopped: false,
        };
        for rows in [
            vec![row(1, 1), row(1, 2)],  // twice the same
            vec![row(2, 1), row(1, 2)],  // not in order
            vec![row(1, 2), row(2, 1)],  // a name that ends before it begins
            vec![row(1, 2), row(2, 4)],  // within a letter
            vec![row(1, 2), row(2, 99)], // beyond the text
        ] {
            let names = "abcä".to_owned();
            let bytes = encode(&Rows { names, rows }, 1000).unwrap_or_default();
            assert!(decode::<Roster>(&bytes).is_err());
        }
    }
}
