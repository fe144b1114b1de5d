//! In real time: the clock follows any of tokio's.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

const ADDRESS: &str = "10.0.0.1:1";

/// Both ends of a connection in that weather.
async fn pair(latency_ms: (u64, u64), disturbances: Vec<Disturbance>) -> (Stream, Stream) {
    start_clock();
    begin(1, Weather { latency_ms, disturbances });
    let listener = Listener::bind(ADDRESS.parse().unwrap()).unwrap();
    let client = connect(ADDRESS.parse().unwrap()).await.unwrap();
    (client, listener.accept().await.unwrap().0)
}

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

#[tokio::test]
async fn bytes_arrive_in_order_and_after_their_latency() {
    let (mut client, mut server) = pair((5, 40), Vec::new()).await;
    let sent_ns = now_ns();
    for byte in 0..50 {
        client.write_all(&[byte]).await.unwrap();
    }
    drop(client);
    let mut read = Vec::new();
    server.read_to_end(&mut read).await.unwrap();
    assert_eq!(read, (0..50).collect::<Vec<u8>>());
    assert!(now_ns() - sent_ns >= 5_000_000, "{}", now_ns() - sent_ns);
}

#[tokio::test]
async fn what_is_sent_in_a_partition_arrives_after_it() {
    let began = tokio::time::Instant::now();
    let (mut client, mut server) = pair((0, 0), vec![Disturbance::Partition { from: ms(10), until: ms(100) }]).await;
    tokio::time::sleep(ms(15)).await;
    client.write_all(b"a").await.unwrap();
    server.read_u8().await.unwrap();
    assert!(began.elapsed() >= ms(100), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_reset_is_an_error_and_a_half_open_connection_is_silent() {
    let (mut client, mut server) = pair((0, 0), vec![Disturbance::Reset { at: ms(20) }]).await;
    assert_eq!(server.read_u8().await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(client.write_u8(1).await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    let (mut client, mut server) = pair((0, 0), vec![Disturbance::HalfOpen { at: ms(20) }]).await;
    tokio::time::sleep(ms(40)).await;
    client.write_u8(1).await.unwrap();
    drop(client);
    assert!(tokio::time::timeout(ms(100), server.read_u8()).await.is_err());
}

#[tokio::test]
async fn nobody_listens() {
    start_clock();
    begin(1, Weather::default());
    let refused = connect(ADDRESS.parse().unwrap()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn of_a_machine_that_is_gone_what_it_sent_still_arrives() {
    start_clock();
    begin(1, Weather { latency_ms: (10, 10), disturbances: Vec::new() });
    let (address, other): (SocketAddr, SocketAddr) = (ADDRESS.parse().unwrap(), "10.0.0.2:1".parse().unwrap());
    let listener = Listener::bind(address).unwrap();
    let mut client = connect(address).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    let mut beside = connect(other).await.unwrap();
    client.write_u8(1).await.unwrap();
    crash(address.ip());
    assert!(client.write_u8(2).await.is_err() && beside.write_u8(3).await.is_ok());
    let mut read = Vec::new();
    server.read_to_end(&mut read).await.unwrap();
    assert_eq!(read, [1]);
    assert!(connect(address).await.is_err() && connect(other).await.is_ok());
}
