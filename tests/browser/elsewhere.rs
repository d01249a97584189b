//! Figures in other people's pages: the page for frames, the page where an editor chooses, groups, addresses, the package.

use anyhow::Result;
use nads_tests::{Chromium, Page, Test, Visit, tests};

use crate::steps::{FIGURE, stored_picture};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        a_frame_tells_its_height_and_obeys,
        a_frame_leaves_its_page_where_it_is,
        a_frame_takes_no_scripts_from_its_link,
        an_editor_chooses_and_copies,
        lines_of_the_builder_show_what_was_chosen,
        a_group_follows_what_each_figure_asks_for,
        the_back_button_undoes_the_choice_of_a_network,
        settings_back_at_their_default_leave_the_address,
        the_article_lists_every_result,
        the_site_is_a_package
    ]
}

/// A host that listens to its frame.
fn host(fragment: &str) -> Visit {
    Visit::article(&format!(
        "<script>window.heard = []; addEventListener('message', ({{ data }}) => heard.push(data));</script>
         <iframe src='embed.html#{fragment}' style='width: 700px; height: 300px; border: 0'></iframe>"
    ))
}

const FRAMED: &str = "document.querySelector('iframe').contentDocument.querySelector('nad-figure')";

async fn framed(page: &Page) -> Result<()> {
    page.until(&format!("!!{FRAMED}?.getState()")).await?;
    page.until("heard.some(({ type }) => type === 'ready')").await
}

async fn a_frame_tells_its_height_and_obeys(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(host("view=explorer&network=lenet&index=3&hide=spectrum+table")).await?;
    framed(&page).await?;
    assert_eq!(page.value::<u32>(&format!("{FRAMED}.index")).await?, 3);
    assert!(page.value::<bool>("heard.every(({ source }) => source === 'nad-figure')").await?);
    // The last height is that of the figure.
    let told = "heard.filter(({ type }) => type === 'resize').at(-1)?.height";
    page.until(&format!("{told} > 300 && Math.abs({told} - {FRAMED}.getBoundingClientRect().height) < 2"))
        .await?;
    let ask = |method: &str, value: &str| {
        format!("frames[0].postMessage({{ target: 'nad-figure', method: '{method}', value: {value} }}, '*')")
    };
    page.run(&ask("setState", "'index=7'")).await?;
    page.until(&format!("{FRAMED}.index === 7")).await?;
    page.until("heard.some(({ type, detail }) => type === 'change' && detail.index === 7)").await?;
    // What is no method of a figure is not called.
    page.run(&ask("remove", "null")).await?;
    page.run(&ask("setState", "'index=8'")).await?;
    page.until(&format!("{FRAMED}.index === 8")).await?;
    // Another fragment is another figure.
    page.run("(heard.length = 0, document.querySelector('iframe').contentWindow.location.hash = 'view=explorer&network=logreg')").await?;
    framed(&page).await?;
    assert_eq!(page.value::<String>(&format!("{FRAMED}.network")).await?, "logreg");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

/// An address leads to a figure of an article; in a frame there is nothing but the figure.
async fn a_frame_leaves_its_page_where_it_is(chromium: &Chromium) -> Result<()> {
    let Visit { article, .. } = host("view=explorer&network=lenet");
    let body = format!("<p style='height: 3000px'></p>{}", article.unwrap_or_default());
    let page = chromium.visit(Visit::article(&body)).await?;
    framed(&page).await?;
    let scrolled: [f64; 2] = page.value("[scrollY, frames[0].scrollY]").await?;
    assert_eq!(scrolled, [0.0, 0.0]);
    Ok(())
}

async fn a_frame_takes_no_scripts_from_its_link(chromium: &Chromium) -> Result<()> {
    let page =
        chromium.visit(host("view=explorer&worker-base=https://example.invalid/&asset-base=https://example.invalid/&onclick=x")).await?;
    framed(&page).await?;
    let attributes: Vec<String> = page.value(&format!("{FRAMED}.getAttributeNames()")).await?;
    assert_eq!(attributes, ["view"]);
    assert!(page.said().iter().any(|line| line.contains("worker-base")), "{:?}", page.said());
    Ok(())
}

async fn an_editor_chooses_and_copies(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::at("builder.html")).await?;
    page.until(&format!("!!{FIGURE}?.getState()")).await?;
    let code = |part: &str| format!("document.getElementById('{part}-code').textContent");
    let element: String = page.value(&code("element")).await?;
    assert!(
        element.contains("<nad-figure view=\"explorer\"") && element.contains("nad-figure.js"),
        "{element}"
    );
    // What the reader of this page does to the figure goes into the lines.
    let slider = page.find("slider", "NAD index").await?;
    page.focus(&slider).await?;
    page.press("PageUp").await?;
    page.until(&format!("{}.includes('index=\"10\"')", code("element"))).await?;
    page.choose(&page.find("combobox", "Theme").await?, "dark").await?;
    page.until(&format!("{}.includes('theme=\"dark\"')", code("element"))).await?;
    page.click(&page.find("checkbox", "spectrum").await?).await?;
    page.until(&format!("{}.includes('hide=spectrum')", code("frame"))).await?;
    assert!(
        page.value::<bool>(&format!("{}.includes('index=10')", code("frame"))).await?,
        "the choice of the index is kept"
    );
    // Another view starts afresh, and keeps what is no part of a state.
    page.choose(&page.find("combobox", "Figure").await?, "Spectra of several networks").await?;
    page.until(&format!("{}.includes('view=\"spectra\"')", code("element"))).await?;
    let element: String = page.value(&code("element")).await?;
    assert!(element.contains("theme=\"dark\"") && !element.contains("index="), "{element}");
    page.until(&format!("{FIGURE}.getState()?.view === 'spectra'")).await?;
    // Figures of one page follow each other; a frame is alone.
    page.run(
        "[['group', 'g'], ['follow', 'network index']].forEach(([id, value]) => {
            document.getElementById(id).value = value;
            document.getElementById(id).dispatchEvent(new Event('change', { bubbles: true }));
        })",
    )
    .await?;
    page.until(&format!("{}.includes('group=\"g\" follow=\"network index\"')", code("element"))).await?;
    assert!(!page.value::<bool>(&format!("/follow|group/.test({})", code("frame"))).await?);
    page.until(&format!("{FIGURE}.getState()?.view === 'spectra'")).await?;
    page.run("Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } })").await?;
    page.click(&page.find("button", "Copy the element").await?).await?;
    page.until("window.copied?.includes('view=\"spectra\"')").await?;
    page.until("document.getElementById('said').textContent === 'Copied.'").await?;
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn lines_of_the_builder_show_what_was_chosen(chromium: &Chromium) -> Result<()> {
    let page =
        chromium.visit(Visit::at("builder.html#view=explorer&network=logreg&index=4&domain=fourier")).await?;
    page.until(&format!("{FIGURE}?.getState()?.index === 4")).await?;
    let element: String = page.value("document.getElementById('element-code').textContent").await?;
    let body = element.split_once("</script>").expect("a script and a figure").1;
    chromium.close_pages().await;
    let other = chromium.visit(Visit::article(body)).await?;
    crate::steps::wake(&other).await?;
    stored_picture(&other).await?;
    other.find("img", "NAD u_5 of LogReg, spatial domain").await?;
    Ok(())
}

async fn a_group_follows_what_each_figure_asks_for(chromium: &Chromium) -> Result<()> {
    let body = "<nad-figure id=a group=g network=lenet loading=eager></nad-figure>
        <nad-figure id=b group=g network=vgg11 loading=eager></nad-figure>
        <nad-figure id=c group=g network=vgg11 follow='network index' loading=eager></nad-figure>
        <nad-figure id=d group=h network=vgg11 follow=network loading=eager></nad-figure>";
    let page = chromium.visit(Visit::article(body)).await?;
    page.until("[...document.querySelectorAll('nad-figure')].every((figure) => figure.getState?.())").await?;
    page.choose(&page.find("combobox", "Network").await?, "LogReg").await?;
    page.until("document.getElementById('c').network === 'logreg'").await?;
    let networks: Vec<String> =
        page.value("[...document.querySelectorAll('nad-figure')].map((one) => one.network)").await?;
    assert_eq!(networks, ["logreg", "vgg11", "logreg", "vgg11"]);
    page.focus(&page.find("slider", "NAD index").await?).await?;
    page.press("ArrowRight").await?;
    page.until("document.getElementById('b').index === 1 && document.getElementById('c').index === 1")
        .await?;
    assert_eq!(page.value::<u32>("document.getElementById('d').index").await?, 0);
    Ok(())
}

/// A figure that writes its state into the address.
const IN_ADDRESS: &str =
    "<nad-figure id=own view=explorer network=lenet sync-url loading=eager></nad-figure>";

async fn the_back_button_undoes_the_choice_of_a_network(chromium: &Chromium) -> Result<()> {
    let page = crate::steps::explorer(chromium, Visit::article(IN_ADDRESS)).await?;
    page.focus(&page.find("slider", "NAD index").await?).await?;
    page.press("PageUp").await?;
    page.until("location.hash.includes('own.index=10')").await?;
    let before: u32 = page.value("history.length").await?;
    page.choose(&page.find("combobox", "Network").await?, "LogReg").await?;
    page.until("location.hash.includes('own.network=logreg')").await?;
    assert_eq!(
        page.value::<u32>("history.length").await?,
        before + 1,
        "a slider leaves no trail, a network does"
    );
    page.run("history.back()").await?;
    page.until(&format!("{FIGURE}.network === 'lenet' && {FIGURE}.index === 10")).await?;
    page.find("img", "NAD u_11 of LeNet, spatial domain").await?;
    Ok(())
}

async fn settings_back_at_their_default_leave_the_address(chromium: &Chromium) -> Result<()> {
    let page = crate::steps::explorer(chromium, Visit::article(IN_ADDRESS)).await?;
    page.run(&format!("[location.hash = '#other=1', {FIGURE}.setState('seed=5')]")).await?;
    page.until("location.hash.includes('own.seed=5')").await?;
    page.run(&format!("{FIGURE}.setState('seed=0')")).await?;
    page.until("!location.hash.includes('own.seed')").await?;
    assert!(
        page.value::<String>("location.hash").await?.contains("other=1"),
        "what is not its own is left alone"
    );
    Ok(())
}

async fn the_article_lists_every_result(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::default()).await?;
    let rows: Vec<String> = page
        .value("[...document.querySelectorAll('details tbody tr')].map((row) => row.textContent)")
        .await?;
    for part in [
        "nads estimate lenet --networks 20000",
        "nads map lenet",
        "nads cifar flip",
        "2 networks instead of 10000",
    ] {
        assert!(rows.iter().any(|row| row.contains(part)), "{part} in {rows:?}");
    }
    let missing: Vec<String> = page
        .value(
            "Promise.all([...document.querySelectorAll('details tbody a')].map(async (link) => (await fetch(link.href)).ok ? '' : link.href))
                .then((all) => all.filter(Boolean))",
        )
        .await?;
    assert_eq!(missing, Vec::<String>::new());
    let targets: Vec<String> = page
        .value("[...document.querySelectorAll('a[href^=\"#\"]')].map((a) => a.hash.slice(1)).filter((id) => !document.getElementById(id))")
        .await?;
    assert_eq!(targets, Vec::<String>::new(), "links within the article lead somewhere");
    Ok(())
}

async fn the_site_is_a_package(chromium: &Chromium) -> Result<()> {
    let package: serde_json::Value = serde_json::from_slice(&chromium.file("package.json")?)?;
    let script =
        package["exports"]["."]["default"].as_str().unwrap_or_default().trim_start_matches("./").to_owned();
    assert!(!chromium.file(&script)?.is_empty());
    let types = String::from_utf8(chromium.file(package["types"].as_str().unwrap_or_default())?)?;
    // The types name what the element has.
    let page = chromium.visit(Visit::article(IN_ADDRESS)).await?;
    page.until("!!customElements.get('nad-figure')").await?;
    let names: Vec<String> =
        page.value("Object.getOwnPropertyNames(customElements.get('nad-figure').prototype)").await?;
    for method in ["play", "pause", "step", "reset", "getState", "setState", "toBlob", "getData", "dispose"] {
        assert!(names.iter().any(|name| name == method) && types.contains(&format!("{method}(")), "{method}");
    }
    page.until(&format!("!!{FIGURE}.getState()")).await?;
    for key in page.value::<Vec<String>>(&format!("Object.keys({FIGURE}.getState())")).await? {
        assert!(
            types.contains(&format!("\n{key}:")) || types.contains(&format!("\"{key}\":")),
            "the types name {key}"
        );
    }
    Ok(())
}
