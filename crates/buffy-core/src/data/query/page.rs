//! Which part of a list is asked for.

/// Documents of a page, where `_per_page` says nothing.
const PER_PAGE: usize = 10;

/// The part of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Part {
    #[default]
    Whole,
    /// Indices from and to; None is to the end.
    Slice {
        start: usize,
        end: Option<usize>,
    },
    Page(Page),
}

/// `_page` and `_per_page`, from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Page {
    number: usize,
    per_page: usize,
}

impl Page {
    /// What is no number counts as the first page, and as ten; pages have at least one.
    fn parse(number: &str, per_page: Option<&str>) -> Self {
        Self {
            number: number.parse().unwrap_or(1).max(1),
            per_page: per_page.map_or(PER_PAGE, whole),
        }
    }

    /// Where it stands among so many documents; a page behind the last is the last.
    pub(crate) fn among(self, items: usize) -> Place {
        let pages = items.div_ceil(self.per_page).max(1);
        let current = self.number.min(pages);
        Place {
            pages,
            previous: (current > 1).then(|| current - 1),
            next: (current < pages).then_some(current + 1),
            start: (current - 1) * self.per_page,
            per_page: self.per_page,
        }
    }
}

/// A page of a list that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) pages: usize,
    pub(crate) previous: Option<usize>,
    pub(crate) next: Option<usize>,
    /// The index of its first document.
    pub(crate) start: usize,
    pub(crate) per_page: usize,
}

/// The parameters that ask for a part.
#[derive(Default)]
pub(super) struct Asked<'a> {
    pub(super) page: Option<&'a str>,
    pub(super) per_page: Option<&'a str>,
    pub(super) start: Option<&'a str>,
    pub(super) end: Option<&'a str>,
    pub(super) limit: Option<&'a str>,
}

impl Asked<'_> {
    pub(super) fn part(&self) -> Part {
        if let Some(number) = self.page {
            return Part::Page(Page::parse(number, self.per_page));
        }
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<usize>().ok());
        let (end, limit) = (number(self.end), number(self.limit));
        let start = number(self.start);
        if start.is_none() && end.is_none() && limit.is_none() {
            return Part::Whole;
        }
        let start = start.unwrap_or(0);
        Part::Slice {
            start,
            end: end.or_else(|| Some(start.saturating_add(limit?))),
        }
    }
}

fn whole(text: &str) -> usize {
    match text.parse::<i64>() {
        Ok(number) => usize::try_from(number).unwrap_or(1).max(1),
        Err(_) => PER_PAGE,
    }
}
