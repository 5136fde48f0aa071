//! The hunting language: `field:value`, ranges, lists, wildcards, regular expressions, `AND OR NOT`.
//! Text becomes a tree here and nothing else; only `query` knows what a tree is in SQL.

mod ast;
mod complete;
mod error;
pub(crate) mod fields;
mod lex;
mod parse;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    ast::{FieldTest, Node, Op, Pattern, Piece, Range, Span, Test},
    complete::{Slot, slot},
    error::{Fault, QueryFault},
    parse::{LENGTH_MAX, parse},
};
