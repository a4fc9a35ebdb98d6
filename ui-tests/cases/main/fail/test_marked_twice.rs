fn main() {}

#[baseapp::test]
#[test]
fn printing() {}
