-- What providers offer, as known in November 2026: data to edit, never code. Prices that are not known here
-- are null, and a quote says so.

insert into public.provider_config
    (workspace_id, provider, kind, model, aliases, capabilities, limits, unit, unit_cost, is_default, retires_on, successor, source, checked_on, notes)
values
    (null, 'google', 'image', 'gemini-nano-banana-2.1', '{nano-banana}',
     '{"call": "generate_content", "response_modalities": ["IMAGE"], "image_config": ["aspect_ratio", "image_size"], "shape": "answer"}', '{}',
     'image', null, true, null, null, 'https://ai.google.dev/gemini-api/docs/models', '2026-11-21', 'Needs the extra for google-genai and a key.'),
    (null, 'google', 'video', 'veo-3.1-generate-001', '{veo-3.1}',
     '{"platform": "vertex", "shape": "operation", "image_to_video": true}', '{}',
     'second', null, false, '2026-11-17', 'gemini-omni-1.1-flash', 'https://cloud.google.com/vertex-ai/generative-ai/docs/models', '2026-11-21',
     'Only on Vertex; its retirement was announced from 2026-11-17.'),
    (null, 'google', 'video', 'gemini-omni-1.1-flash', '{}',
     '{"platform": "gemini", "call": "interactions", "shape": "interaction", "background": true, "delivery": "uri"}', '{}',
     'second', null, true, null, null, 'https://ai.google.dev/gemini-api/docs/models', '2026-11-21', 'Successor of Veo 3.1 on the Gemini API.'),
    (null, 'google', 'video', 'gemini-omni-1.2-flash', '{}',
     '{"platform": "gemini", "call": "interactions", "shape": "interaction", "background": true, "delivery": "uri"}', '{}',
     'second', null, false, null, null, 'https://ai.google.dev/gemini-api/docs/models', '2026-11-21', null),
    (null, 'google', 'text', 'gemini', '{}', '{"structured_output": true}', '{}', 'token', null, false, null, null, 'https://ai.google.dev/gemini-api/docs/models', '2026-11-21',
     'Names the family: say the exact model in a row of the workspace''s own.'),
    (null, 'anthropic', 'text', 'claude', '{}', '{"structured_output": true}', '{}', 'token', null, false, null, null, 'https://docs.anthropic.com/en/docs/about-claude/models', '2026-11-21',
     'Names the family: say the exact model in a row of the workspace''s own.'),
    (null, 'openai-compatible', 'text', 'configured', '{}', '{"base_url": true, "structured_output": true, "servers": ["vLLM", "Ollama", "LM Studio", "LiteLLM proxy"]}', '{}',
     'token', null, false, null, null, null, '2026-11-21', 'Any server with that API: base URL and model come from the workspace''s own row.'),
    (null, 'postwright', 'text', 'extractive', '{}', '{"keyless": true, "label": "extracted"}', '{}', 'text', 0, true, null, null, null, '2026-11-21',
     'Sentence splitting, keywords and ranking of our own; rewrites nothing.'),
    (null, 'postwright', 'render', 'ffmpeg', '{}',
     '{"keyless": true, "reframes": ["9:16", "1:1", "16:9", "4:5"], "captions": "burned", "loudness_lufs": -14}', '{}', 'second', 0, true, null, null, null, '2026-11-21',
     'One filter graph, one encode.'),
    (null, 'remotion', 'render', 'remotion', '{}', '{"needs": ["node", "chromium"]}', '{"free_up_to_employees": 3}', 'render', null, false, null, null, 'https://www.remotion.dev/license', '2026-11-21',
     'Not open source (free up to 3 employees), so never the default.'),
    (null, 'faster-whisper', 'transcription', 'local', '{}', '{"keyless": true, "word_timings": true, "needs": ["model directory"]}', '{}', 'second', 0, true, null, null,
     'https://github.com/SYSTRAN/faster-whisper', '2026-11-21', 'Its models come from a hub: say where they lie.'),
    (null, 'openai-compatible', 'transcription', 'configured', '{}', '{"base_url": true}', '{}', 'second', null, false, null, null, null, '2026-11-21', 'Any speech server with that API.'),
    (null, 'import', 'transcription', 'srt', '{vtt,json}', '{"keyless": true}', '{}', 'file', 0, false, null, null, null, '2026-11-21', 'SRT, VTT or JSON that exists already.'),
    (null, 'openai-compatible', 'speech', 'configured', '{}', '{"base_url": true}', '{}', 'character', null, false, null, null, null, '2026-11-21', 'Natural speech needs a provider; nothing stands in for it.');
