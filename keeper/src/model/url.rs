//! What may be shown of a URL.

/// Host and port of a URL; `?` where it has none.
#[must_use]
pub fn shown_host(text: &str) -> String {
    let url = reqwest::Url::parse(text).ok();
    let shown = url.and_then(|url| {
        let host = url.host_str()?;
        Some(
            url.port()
                .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        )
    });
    shown.unwrap_or_else(|| "?".into())
}

/// Scheme, host and port of a URL: user, password, path and query may be secrets. `?` where it has no host.
#[must_use]
pub fn shown_url(text: &str) -> String {
    let host = shown_host(text);
    match text.split_once("://") {
        Some((scheme, _)) if host != "?" => format!("{scheme}://{host}"),
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OPS-9: nothing beyond scheme and host is ever shown.
    #[test]
    fn only_scheme_and_host_are_shown() {
        for (url, shown) in [
            (
                "https://user:s3cret@node.example/v3/s3cret?key=s3cret#s3cret",
                "https://node.example",
            ),
            ("http://127.0.0.1:8545/s3cret", "http://127.0.0.1:8545"),
            ("htp://s3cret@node/x", "htp://node"),
            ("s3cret", "?"),
            ("mailto:s3cret", "?"),
        ] {
            assert_eq!(shown_url(url), shown, "{url}");
        }
    }
}
