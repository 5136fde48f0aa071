//! A filled list comes back: what each row would do is said first, then those that were accepted are done as one.

use super::{
    Cases, Decision,
    decide::decide_one,
    machine::{ROW, RowState, go},
    rows::Problem,
    tx::{By, TEXT_CHARS_MAX, problem, text},
};
use crate::{DeskError, Refusal};

/// One row of a filled list: made on this revision of the problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    pub row: i64,
    pub revision: i64,
    pub decision: Decision,
    pub reason: String,
}

/// What a row would do, or why it may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// None for a problem that is not there for the viewer.
    pub problem: Option<Box<Problem>>,
    pub becomes: Result<RowState, Refusal>,
}

/// Rows of one list.
const ROWS_MAX: usize = 2_000;

impl Cases<'_> {
    /// What each row would do, in their order. Nothing is changed.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] for who decides nothing; too many rows; the database.
    pub async fn foresee(&self, by: By<'_>, rows: Vec<Filled>) -> Result<Vec<Foreseen>, DeskError> {
        if rows.len() > ROWS_MAX {
            return Err(Refusal::FileUnfit.into());
        }
        self.change(by, move |c, who| {
            Box::pin(async move {
                who.commission()?;
                let mut out = Vec::with_capacity(rows.len());
                for one in &rows {
                    out.push(match problem(c, who, one.row, one.revision).await {
                        Ok(found) => {
                            let actor = super::decide::judge(c, who, &found).await?;
                            let reason = text(&one.reason, TEXT_CHARS_MAX);
                            let becomes = reason
                                .and_then(|reason| go(ROW, found.state, one.decision.act(), &actor, &reason));
                            Foreseen { problem: Some(Box::new(found)), becomes }
                        }
                        Err(DeskError::Refused(refusal)) => Foreseen { problem: None, becomes: Err(refusal) },
                        Err(error) => return Err(error),
                    });
                }
                Ok(out)
            })
        })
        .await
    }

    /// Decides of all of these or, where one of them may not be, of none.
    ///
    /// # Errors
    /// As [`Cases::decide`], of the first row that may not be.
    pub async fn decide_all(&self, by: By<'_>, rows: Vec<Filled>) -> Result<usize, DeskError> {
        if rows.len() > ROWS_MAX {
            return Err(Refusal::FileUnfit.into());
        }
        self.change(by, move |c, who| {
            Box::pin(async move {
                for one in &rows {
                    let reason = text(&one.reason, TEXT_CHARS_MAX)?;
                    decide_one(c, who, (one.row, one.revision), &one.decision, &reason).await?;
                }
                Ok(rows.len())
            })
        })
        .await
    }
}
