#[baseapp::main]
async fn main<T>() {}
