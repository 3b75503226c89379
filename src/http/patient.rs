//! A connection that waits exactly.
//!
//! The kernel rounds a long timeout of a socket up, by up to an eighth: after 140 seconds it is 7
//! late. So a long wait is made of short ones.

use std::time;

use ureq::Error;
use ureq::unversioned::transport::time::Duration;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

/// The longest wait in one piece.
const PIECE: time::Duration = time::Duration::from_secs(8);

#[derive(Debug)]
pub struct Patient<T>(pub T);

impl<T: Transport> Transport for Patient<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let Duration::Exact(whole) = timeout.after else { return self.0.await_input(timeout) };
        let began = time::Instant::now();
        loop {
            let left = whole.saturating_sub(began.elapsed());
            let piece = NextTimeout { after: Duration::Exact(left.min(PIECE)), ..timeout };
            match self.0.await_input(piece) {
                Err(Error::Timeout(_)) if left > PIECE => {}
                outcome => return outcome,
            }
        }
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
