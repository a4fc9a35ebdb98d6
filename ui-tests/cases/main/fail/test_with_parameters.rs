fn main() {}

#[cfg(not(test))]
#[baseapp::test]
async fn printing(times: u32) {
    println!("{times}");
}
