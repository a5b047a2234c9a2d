//! The shortest text that a regular expression matches, for string schemas with a `pattern`.

use regex_syntax::hir::{Class, Hir, HirKind};

/// `None` for expressions beyond regular ones (look-around, back-references), which cannot be generated.
pub(super) fn shortest_match(pattern: &str) -> Option<String> {
    let expression = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    write(&expression, &mut text)?;
    Some(text)
}

fn write(expression: &Hir, out: &mut String) -> Option<()> {
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(()),
        HirKind::Literal(literal) => {
            out.push_str(std::str::from_utf8(&literal.0).ok()?);
            Some(())
        }
        HirKind::Class(class) => {
            out.push(pick(class)?);
            Some(())
        }
        HirKind::Repetition(repetition) => {
            (0..repetition.min.min(4096)).try_for_each(|_| write(&repetition.sub, out))
        }
        HirKind::Capture(capture) => write(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, out)),
        HirKind::Alternation(branches) => write(branches.first()?, out),
    }
}

/// A letter or digit where the class has one; its first character otherwise.
fn pick(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            class.ranges().iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect()
        }
    };
    let has = |wanted: &char| ranges.iter().any(|(start, end)| (start..=end).contains(&wanted));
    ['a', 'A', '1', '0'].into_iter().find(has).or_else(|| ranges.first().map(|(start, _)| *start))
}
