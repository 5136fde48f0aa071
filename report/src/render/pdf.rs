//! PDF by typst. The template reads the model from `model.json`, a file that exists for it alone: values are
//! data there and can be no markup.

use serde::Serialize;
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration, Smart},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use super::{FontSettings, Fonts, Seals, Templates, Typeset, fonts::Families, sha256};
use crate::{
    ReportError,
    paper::{self, Paper},
    weekly::{self, Weekly},
};

/// Templates and fonts, read once and used for every document.
pub struct Press {
    pub fonts: Fonts,
    pub templates: Templates,
}

impl Press {
    /// `templates` is a folder whose files stand in for those of Ward.
    ///
    /// # Errors
    /// A font that is not there, a file that cannot be read.
    pub fn open(settings: &FontSettings, templates: Option<&std::path::Path>) -> Result<Self, ReportError> {
        Ok(Self { fonts: Fonts::load(settings)?, templates: Templates::load(templates)? })
    }
}

impl Typeset for Press {
    fn paper(&self, model: &Paper) -> Result<Vec<u8>, ReportError> {
        paper::pdf(self, model)
    }

    fn weekly(&self, model: &Weekly) -> Result<Vec<u8>, ReportError> {
        weekly::pdf(self, model)
    }

    fn seals(&self, model: &[u8]) -> Seals {
        Seals {
            model: sha256(model),
            templates: self.templates.hash().to_owned(),
            fonts: self.fonts.hash().to_owned(),
        }
    }
}

/// What is to be set in type.
#[derive(Serialize)]
pub(crate) struct Job<'a, T> {
    #[serde(skip)]
    pub template: &'static str,
    /// For the file's own description: year, month, day, hour, minute, second of the as-of time.
    pub stamp: [i32; 6],
    pub fonts: Option<&'a Families>,
    pub model: &'a T,
}

/// Makes the file. The same job on the same press gives the same bytes.
///
/// # Errors
/// A template that does not compile, with the reason and the line.
pub(crate) fn pdf<'a, T: Serialize>(press: &'a Press, mut job: Job<'a, T>) -> Result<Vec<u8>, ReportError> {
    job.fonts = Some(press.fonts.families());
    let desk = Desk::new(press, job.template, serde_json::to_vec(&job)?)?;
    let failed = |errors: &[SourceDiagnostic]| ReportError::Template {
        name: job.template.to_owned(),
        reason: errors.iter().map(|e| desk.told(e)).collect::<Vec<_>>().join("; "),
    };
    let made = typst::compile::<PagedDocument>(&desk).output.map_err(|e| failed(&e)).and_then(|document| {
        let options = PdfOptions { creator: Smart::Custom(Some("Ward".to_owned())), ..PdfOptions::default() };
        typst_pdf::pdf(&document, &options).map_err(|e| failed(&e))
    });
    // What typst remembers of one document helps the next little and would stay for ever.
    comemo::evict(0);
    made
}

/// What typst sees of the world.
struct Desk<'a> {
    press: &'a Press,
    library: LazyHash<Library>,
    sources: Vec<Source>,
    main: FileId,
    model: (FileId, Bytes),
}

fn id(name: &str) -> Result<FileId, ReportError> {
    let path = VirtualPath::new(name)
        .map_err(|e| ReportError::Template { name: name.to_owned(), reason: format!("{e:?}") })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl<'a> Desk<'a> {
    fn new(press: &'a Press, main: &str, model: Vec<u8>) -> Result<Self, ReportError> {
        let sources = press.templates.files.iter();
        let sources = sources.map(|(name, text)| Ok(Source::new(id(name)?, text.clone().into_owned())));
        Ok(Self {
            press,
            library: LazyHash::new(Library::default()),
            sources: sources.collect::<Result<_, ReportError>>()?,
            main: id(main)?,
            model: (id("model.json")?, Bytes::new(model)),
        })
    }

    fn told(&self, error: &SourceDiagnostic) -> String {
        use typst::WorldExt;
        let line = error.span.id().and_then(|id| {
            let source = self.source(id).ok()?;
            let line = source.lines().byte_to_line(self.range(error.span)?.start)?;
            Some(format!("{}:{}: ", id.get().vpath().get_without_slash(), line + 1))
        });
        format!("{}{}", line.unwrap_or_default(), error.message)
    }
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.fonts.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let found = self.sources.iter().find(|source| source.id() == id).cloned();
        found.ok_or_else(|| FileError::NotFound(id.get().vpath().get_without_slash().into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.model.0 {
            return Ok(self.model.1.clone());
        }
        self.source(id).map(Bytes::from_string)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.faces.get(index).cloned()
    }

    /// There is no today: dates come from the model.
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
