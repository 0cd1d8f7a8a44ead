//! The user's data files over the built-in ones.

use std::path::Path;

use orc_api::response::{CatalogRow, CatalogView};
use orc_core::catalog::{BadDataFile, Catalog, DataKind};

/// Reads every data file that is in force.
pub(crate) fn load(config: &Path) -> Result<Catalog, BadDataFile> {
    let mut catalog = Catalog::built_in()?;
    for (kind, folder, ending) in [
        (DataKind::Profile, "agents", "toml"),
        (DataKind::Composition, "teams", "toml"),
        (DataKind::Role, "roles", "md"),
    ] {
        let Ok(files) = std::fs::read_dir(config.join(folder)) else {
            continue;
        };
        for path in files.flatten().map(|file| file.path()) {
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .filter(|_| path.extension().is_some_and(|found| found == ending));
            let Some(stem) = stem else { continue };
            let origin = path.display().to_string();
            let text = std::fs::read_to_string(&path)
                .map_err(|e| BadDataFile { origin: origin.clone(), reason: e.to_string() })?;
            catalog.add(kind, stem, &text, &origin)?;
        }
    }
    Ok(catalog)
}

/// The catalog as shown.
pub(crate) fn view(catalog: &Catalog) -> CatalogView {
    CatalogView {
        profiles: catalog
            .profiles()
            .map(|entry| CatalogRow {
                id: entry.profile.id.to_string(),
                about: entry.profile.name.clone(),
                text: toml::to_string_pretty(&*entry.profile).unwrap_or_default(),
                origin: entry.origin.clone(),
            })
            .collect(),
        types: catalog
            .compositions()
            .map(|entry| CatalogRow {
                id: entry.value.id.to_string(),
                about: entry.value.about.clone(),
                text: toml::to_string_pretty(&entry.value).unwrap_or_default(),
                origin: entry.origin.clone(),
            })
            .collect(),
        roles: catalog
            .roles()
            .map(|entry| CatalogRow {
                id: entry.value.id.to_string(),
                about: entry.value.title.clone(),
                text: entry.value.brief.clone(),
                origin: entry.origin.clone(),
            })
            .collect(),
    }
}
