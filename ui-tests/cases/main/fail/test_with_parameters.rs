fn main() {}

#[baseapp::test]
async fn printing(times: u32) {
    println!("{times}");
}
