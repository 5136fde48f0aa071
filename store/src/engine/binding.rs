//! The only unsafe code of Ward: one blocking call into libchdb.so.

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    path::Path,
};

use libloading::{Library, Symbol};

use super::EngineError;

/// `chdb_result *chdb_query_cmdline(int argc, char **argv)`, chdb.h of 26.7.
type QueryCmdline = unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut c_void;
/// `const char *chdb_result_error(chdb_result *result)`: null for none; owned by the result.
type ResultError = unsafe extern "C" fn(*mut c_void) -> *const c_char;
/// `void chdb_destroy_query_result(chdb_result *result)`.
type DestroyResult = unsafe extern "C" fn(*mut c_void);

/// Runs clickhouse-local with these arguments (the first is the program's name) and returns when its
/// last query has ended.
///
/// # Errors
/// A library that does not load or lacks the three functions, and what the engine itself reports.
pub(super) fn query_cmdline(path: &Path, arguments: &[String]) -> Result<(), EngineError> {
    let bad = |reason: String| EngineError::BadLibrary { path: path.into(), reason };
    let owned = arguments
        .iter()
        .map(|a| CString::new(a.as_str()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| EngineError::Options(e.to_string()))?;
    let count = c_int::try_from(owned.len()).map_err(|e| EngineError::Options(e.to_string()))?;

    // SAFETY: loading runs the library's initialisers. The path comes from the administrator's
    // configuration or Ward's own folders, and the process does nothing else.
    let library = unsafe { Library::new(path) }.map_err(|e| bad(e.to_string()))?;
    // SAFETY: name and type of each symbol are those of the header of the pinned version.
    let symbols = unsafe {
        (
            library.get::<QueryCmdline>(b"chdb_query_cmdline\0"),
            library.get::<ResultError>(b"chdb_result_error\0"),
            library.get::<DestroyResult>(b"chdb_destroy_query_result\0"),
        )
    };
    let (query, error, destroy): (
        Symbol<'_, QueryCmdline>,
        Symbol<'_, ResultError>,
        Symbol<'_, DestroyResult>,
    ) = match symbols {
        (Ok(query), Ok(error), Ok(destroy)) => (query, error, destroy),
        (Err(e), ..) | (_, Err(e), _) | (.., Err(e)) => return Err(bad(e.to_string())),
    };

    let mut argv: Vec<*mut c_char> = owned.iter().map(|a| a.as_ptr().cast_mut()).collect();
    argv.push(std::ptr::null_mut());
    // SAFETY: argv holds `count` pointers to NUL-ended strings that outlive the call, and a null
    // behind them as main's argv does; the engine copies what it keeps and writes to none.
    let result = unsafe { query(count, argv.as_mut_ptr()) };
    if result.is_null() {
        return Err(EngineError::Start("the engine returned nothing".into()));
    }
    // SAFETY: `result` came from the library just now; the message is read before it is destroyed,
    // and nothing uses it afterwards.
    let message = unsafe {
        let text = error(result);
        let message = (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned());
        destroy(result);
        message
    };
    // The engine keeps threads that run the library's code: it stays loaded to the process's end.
    std::mem::forget(library);
    match message {
        Some(message) if !is_end(&message) => Err(EngineError::Ended(message)),
        _ => Ok(()),
    }
}

/// A clean stop kills the main query, which the engine reports as an error (code 394).
fn is_end(message: &str) -> bool {
    message.is_empty() || message.contains("QUERY_WAS_CANCELLED")
}
