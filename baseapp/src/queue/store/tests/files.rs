//! Real files: whose they are, who may open them, and which are refused.

use std::{fs, path::Path};

use super::{
    super::{RedbStore, Seq, Store, StoreError},
    Failure,
    workload::{insert, payload},
};

fn refusal(path: &Path) -> Result<StoreError, Failure> {
    match RedbStore::open(path) {
        Ok(_) => Err("it was opened".into()),
        Err(error) => Ok(error),
    }
}

#[test]
fn what_was_committed_is_there_when_the_file_is_opened_again() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("tasks");
    let store = RedbStore::open(&path)?;
    assert!(store.is_durable());
    store.commit(&[insert(0, 10), insert(1, 100_000)])?;
    drop(store);
    let store = RedbStore::open(&path)?;
    assert_eq!(store.load()?.next, 2);
    assert_eq!(store.payload(Seq(1))?, Some(payload(1, 100_000)));
    Ok(())
}

#[test]
fn numbers_are_never_used_again() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("tasks");
    let store = RedbStore::open(&path)?;
    let task = super::workload::id(0);
    store.commit(&[insert(41, 10)])?;
    store.commit(&[super::Op::Finish {
        seq: Seq(41),
        id: task,
        keep: None,
    }])?;
    drop(store);
    let contents = RedbStore::open(&path)?.load()?;
    assert_eq!((contents.tasks.len(), contents.next), (0, 42));
    Ok(())
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("tasks");
    drop(RedbStore::open(&path)?);
    assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
    Ok(())
}

#[test]
fn a_file_is_open_once() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("tasks");
    let store = RedbStore::open(&path)?;
    assert!(matches!(refusal(&path)?, StoreError::InUse { .. }));
    store.commit(&[insert(0, 10)])?;
    drop(store);
    RedbStore::open(&path)?;
    Ok(())
}

#[test]
fn an_empty_file_becomes_a_queue() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("tasks");
    fs::write(&path, b"")?;
    RedbStore::open(&path)?.commit(&[insert(0, 10)])?;
    assert_eq!(RedbStore::open(&path)?.load()?.next, 1);
    Ok(())
}

#[test]
fn what_is_no_queue_is_refused_and_left_alone() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("tasks");
    let mut others = vec![b"dear diary".to_vec(), payload(1, 100_000).to_vec()];
    drop(redb::Database::create(&path)?);
    others.push(fs::read(&path)?);
    for other in others {
        fs::write(&path, &other)?;
        let error = refusal(&path)?;
        assert!(matches!(error, StoreError::NotAQueue { .. }), "{error}");
        assert!(error.to_string().contains("name another file"), "{error}");
        assert_eq!(fs::read(&path)?, other);
    }
    Ok(())
}

#[test]
fn a_newer_format_is_refused_and_left_alone() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("tasks");
    RedbStore::open(&path)?.commit(&[insert(0, 10)])?;
    let mut newer = fs::read(&path)?;
    newer[..32].copy_from_slice(&super::super::redb::head(2));
    fs::write(&path, &newer)?;
    let error = refusal(&path)?;
    let StoreError::Newer { found, known, .. } = error else {
        return Err(error.into());
    };
    assert_eq!((found, known), (2, 1));
    assert_eq!(fs::read(&path)?, newer);
    Ok(())
}

#[test]
fn a_place_where_no_file_can_be_is_named() -> Result<(), Failure> {
    let directory = tempfile::tempdir()?;
    let error = refusal(&directory.path().join("not/there"))?.to_string();
    assert!(error.contains("not/there"), "{error}");
    assert!(
        error.contains("the directory that it should be in"),
        "{error}"
    );
    let error = refusal(directory.path())?;
    let path = directory.path().display().to_string();
    assert!(error.to_string().contains(&path), "{error}");
    Ok(())
}
