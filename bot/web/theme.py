"""The look of Alex as a Gradio theme. Colours live in look.css; this only points Gradio's own parts at them."""

import inspect

import gradio as gr

SANS = [
    "-apple-system",
    "BlinkMacSystemFont",
    "Segoe UI",
    "Roboto",
    "Helvetica Neue",
    "Liberation Sans",
    "Arial",
    "sans-serif",
]
MONO = ["ui-monospace", "Menlo", "Consolas", "Liberation Mono", "monospace"]


def look() -> gr.themes.Base:
    """Flat, square-ish, quiet. Every colour is a token, so dark mode follows by itself."""
    both = {
        "body_background_fill": "var(--page)",
        "body_text_color": "var(--ink)",
        "body_text_color_subdued": "var(--ink-2)",
        "background_fill_primary": "var(--paper)",
        "background_fill_secondary": "var(--wash)",
        "border_color_primary": "var(--rule)",
        "border_color_accent": "var(--you)",
        "color_accent": "var(--you)",
        "color_accent_soft": "var(--you-wash)",
        "link_text_color": "var(--you)",
        "link_text_color_hover": "var(--ink)",
        "link_text_color_active": "var(--ink)",
        "link_text_color_visited": "var(--you)",
        "block_background_fill": "transparent",
        "block_border_width": "0px",
        "block_shadow": "none",
        "block_label_text_color": "var(--ink)",
        "block_title_text_color": "var(--ink)",
        "block_info_text_color": "var(--ink-2)",
        "input_background_fill": "var(--paper)",
        "input_background_fill_focus": "var(--paper)",
        "input_border_color": "var(--edge)",
        "input_border_color_focus": "var(--ink)",
        "input_placeholder_color": "var(--ink-2)",
        "input_shadow": "none",
        "input_shadow_focus": "none",
        "checkbox_background_color": "var(--paper)",
        "checkbox_background_color_selected": "var(--you)",
        "checkbox_border_color": "var(--edge)",
        "checkbox_border_color_selected": "var(--you)",
        "checkbox_label_background_fill": "var(--paper)",
        "checkbox_label_background_fill_hover": "var(--wash)",
        "checkbox_label_background_fill_selected": "var(--you-wash)",
        "checkbox_label_border_color": "var(--edge)",
        "checkbox_label_border_color_selected": "var(--you)",
        "checkbox_label_text_color_selected": "var(--ink)",
        "button_primary_background_fill": "var(--action)",
        "button_primary_background_fill_hover": "var(--action-over)",
        "button_primary_text_color": "var(--on-action)",
        "button_primary_text_color_hover": "var(--on-action)",
        "button_primary_border_color": "var(--action)",
        "button_primary_border_color_hover": "var(--action-over)",
        "button_secondary_background_fill": "var(--paper)",
        "button_secondary_background_fill_hover": "var(--wash)",
        "button_secondary_border_color": "var(--edge)",
        "button_secondary_border_color_hover": "var(--ink)",
        "button_secondary_text_color": "var(--ink)",
        "button_secondary_text_color_hover": "var(--ink)",
    }
    known = inspect.signature(gr.themes.Base.set).parameters
    dark = {f"{name}_dark": value for name, value in both.items() if f"{name}_dark" in known}
    plain = {
        "block_title_text_size": "1rem",
        "block_title_text_weight": "600",
        "block_info_text_size": "0.9375rem",
        "block_padding": "0px",
        "block_radius": "0px",
        "container_radius": "0px",
        "input_radius": "4px",
        "input_padding": "10px 12px",
        "input_border_width": "1.5px",
        "checkbox_label_border_width": "1.5px",
        "button_border_width": "1.5px",
        "button_large_radius": "4px",
        "button_small_radius": "4px",
        "button_medium_radius": "4px",
        "button_large_text_size": "1rem",
        "button_small_text_size": "0.9375rem",
        "button_large_padding": "11px 20px",
        "button_small_padding": "8px 14px",
        "layout_gap": "24px",
        "form_gap_width": "0px",
    }
    theme = gr.themes.Base(font=SANS, font_mono=MONO, radius_size="sm", spacing_size="md", text_size="md")
    return theme.set(**both, **dark, **plain)
