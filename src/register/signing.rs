//! What is signed, as text: one line that says what it is, then canonical JSON.

use serde_json::json;

use super::act::Order;
use super::rows::Row;

/// What the director's key signs: the whole order, its log head included, without the signature.
pub fn order_text(order: &Order) -> String {
    let unsigned = Order {
        signature: String::new(),
        ..order.clone()
    };
    format!("linetap-order-1\n{}", json!(unsigned))
}

/// What a listener's key signs: fields a-h, order, recording and its hash, and the head of the log.
pub fn row_text(row: &Row, head: &str) -> String {
    let fields = json!([
        row.called,
        row.calling,
        row.date,
        row.start,
        row.end,
        row.parties,
        row.listener,
        row.post,
        row.heard_on
    ]);
    format!(
        "linetap-row-1\n{}",
        json!([
            row.playback,
            row.order,
            row.recording,
            row.sha256,
            fields,
            head
        ])
    )
}
