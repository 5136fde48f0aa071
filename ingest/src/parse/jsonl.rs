//! Any JSON object a line.

use ward_event::{Event, Format};

use super::{Input, ParseError, Parser, complete::complete, known, record, time};

pub(super) const VERSION: u16 = 1;

#[derive(Debug, Default)]
pub(super) struct Jsonl;

impl Parser for Jsonl {
    fn parse(&mut self, input: &Input<'_>, out: &mut Vec<Event>) -> Result<(), ParseError> {
        record::read(input, Format::Jsonl, VERSION, out)?;
        if let Some(event) = out.last_mut() {
            let found = known::assign(event);
            let stamp = found
                .times
                .into_iter()
                .flatten()
                .find_map(|at| time::any(&event.unmapped.get(usize::from(at))?.value, input.received));
            time::set(event, stamp, input.received);
            if let Some(message) = found.message.and_then(|at| event.unmapped.get(usize::from(at))) {
                event.message = message.value.to_string();
            }
            complete(event);
        }
        Ok(())
    }
}
