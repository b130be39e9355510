-- Templates of the system: everybody reads them, a copy is a user's own.

insert into public.templates (workspace_id, user_id, name, type, prompt, is_custom) values
    (null, null, 'Article from a recording', 'blog',
     E'Write an article about {topic}.\n\nBegin with what the reader gains. Then 3 to 5 points, each with an example from: {source}\nEnd with what to do next.\n\nTone: {tone_of_voice}\nFor: {target_audience}', false),
    (null, null, 'Insight with a story', 'linkedin',
     E'Write a LinkedIn post about {topic}.\n\nFirst line: the insight, without a question. Then the story behind it from: {source}\nEnd with one thing to try.\n\nTone: {tone_of_voice}', false),
    (null, null, 'Thread of points', 'twitter',
     E'Write a thread about {topic}: one point per post, each able to stand alone, drawn from: {source}\n\nTone: {tone_of_voice}', false),
    (null, null, 'Caption with a first line that stops', 'instagram',
     E'Write a caption about {topic}. The first line must work alone, because the rest folds away. Draw from: {source}\n\nTone: {tone_of_voice}', false),
    (null, null, 'Newsletter', 'email',
     E'Write an email about {topic}: a subject under 60 characters, a preview line, then the body in short paragraphs from: {source}\n\nTone: {tone_of_voice}\nFor: {target_audience}', false);
