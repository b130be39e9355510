-- The timing baselines and frequency guidelines of 2025 (specs/scheduling.md), as global rows in force.
--
-- Its appendix tables give the row without format and segment; what its text says of one format or one
-- segment is a further row. Frequencies are posts a week; a figure per day stands in daily_max (and times
-- seven in the week). Words for hours are read so: morning 8-12, mid-morning from 10, late morning from 11,
-- early afternoon to 14, mid-afternoon to 15, afternoon 12-17, evening 17-21. `weight` marks what stands out.
-- All hours are the audience's local time, indicative, and to be checked against an account's own figures.

insert into public.platform_timing_data
    (workspace_id, user_id, platform_id, content_format, audience_segment, days, peak_hours,
     posting_frequency_min, posting_frequency_max, daily_max, min_spacing_minutes, valid_from, source, notes)
select null, null, p.id, t.content_format, t.audience_segment, t.days::text[], t.peak_hours::jsonb,
       t.week_min, t.week_max, t.daily_max, t.spacing, timestamptz '2025-01-01 00:00+00', t.source, t.notes
  from (values
    -- YouTube: weekday afternoons 15-17, Wednesday 16:00 a standout, weekends later morning to mid-afternoon.
    ('youtube', null, null, '{wed,mon,tue,thu,fri,sat,sun}',
     '[{"start": 16, "end": 17, "days": ["wed"], "weight": 1}, {"start": 15, "end": 17, "days": ["mon", "tue", "wed", "thu", "fri"], "weight": 0.7}, {"start": 11, "end": 15, "days": ["sat", "sun"], "weight": 0.3}]',
     2, 3, null, null,
     'Buffer https://buffer.com/resources/best-time-to-post-on-youtube/ ; SocialPilot https://www.socialpilot.co/blog/best-time-to-post-on-youtube',
     'Long-form 2-3/week; Shorts daily for small channels. Scale only if retention holds. Weekends: later morning to mid-afternoon is acceptable.'),
    ('youtube', 'video', null, '{wed,mon,tue,thu,fri,sat,sun}',
     '[{"start": 16, "end": 17, "days": ["wed"], "weight": 1}, {"start": 15, "end": 17, "days": ["mon", "tue", "wed", "thu", "fri"], "weight": 0.7}, {"start": 11, "end": 15, "days": ["sat", "sun"], "weight": 0.3}]',
     2, 3, null, null,
     'Buffer https://buffer.com/resources/best-time-to-post-on-youtube/ ; SocialPilot https://www.socialpilot.co/blog/best-time-to-post-on-youtube',
     'Long-form: 2-3/week. Scale only if retention holds.'),
    ('youtube', 'short', null, '{wed,mon,tue,thu,fri,sat,sun}',
     '[{"start": 16, "end": 17, "days": ["wed"], "weight": 1}, {"start": 15, "end": 17, "days": ["mon", "tue", "wed", "thu", "fri"], "weight": 0.7}, {"start": 11, "end": 15, "days": ["sat", "sun"], "weight": 0.3}]',
     null, 7, 1, null,
     'Buffer https://buffer.com/resources/best-time-to-post-on-youtube/ ; SocialPilot https://www.socialpilot.co/blog/best-time-to-post-on-youtube',
     'Timing matters less for Shorts; prioritise hooks. Several a day are not recommended.'),
    ('youtube', 'short', 'small channel', '{wed,mon,tue,thu,fri,sat,sun}',
     '[{"start": 16, "end": 17, "days": ["wed"], "weight": 1}, {"start": 15, "end": 17, "days": ["mon", "tue", "wed", "thu", "fri"], "weight": 0.7}, {"start": 11, "end": 15, "days": ["sat", "sun"], "weight": 0.3}]',
     7, 7, 1, null,
     'Buffer https://buffer.com/resources/best-time-to-post-on-youtube/ ; SocialPilot https://www.socialpilot.co/blog/best-time-to-post-on-youtube',
     'Small channels: Shorts daily. Several a day are not recommended.'),

    -- TikTok: Wednesday best, midweek afternoons and evenings, Sunday 20:00 a peak, Saturday weakest.
    ('tiktok', null, null, '{wed,tue,thu,sun,mon,fri,sat}',
     '[{"start": 20, "end": 21, "days": ["sun"], "weight": 1}, {"start": 12, "end": 21, "days": ["wed"], "weight": 0.9}, {"start": 12, "end": 21, "days": ["tue", "thu"], "weight": 0.6}]',
     3, 5, null, null,
     'Buffer https://buffer.com/resources/best-time-to-post-on-tiktok/ ; Hootsuite https://blog.hootsuite.com/tiktok-algorithm/',
     '3-5/week is sustainable; emerging creators 1-4/day, established 2-5/week. Saturday is weakest. Localise with follower activity; a quality gate on volume.'),
    ('tiktok', null, 'emerging creator', '{wed,tue,thu,sun,mon,fri,sat}',
     '[{"start": 20, "end": 21, "days": ["sun"], "weight": 1}, {"start": 12, "end": 21, "days": ["wed"], "weight": 0.9}, {"start": 12, "end": 21, "days": ["tue", "thu"], "weight": 0.6}]',
     7, 28, 4, null,
     'Buffer https://buffer.com/resources/best-time-to-post-on-tiktok/ ; Hootsuite https://blog.hootsuite.com/tiktok-algorithm/',
     'Emerging creators: 1-4/day. A quality gate on volume.'),
    ('tiktok', null, 'established creator', '{wed,tue,thu,sun,mon,fri,sat}',
     '[{"start": 20, "end": 21, "days": ["sun"], "weight": 1}, {"start": 12, "end": 21, "days": ["wed"], "weight": 0.9}, {"start": 12, "end": 21, "days": ["tue", "thu"], "weight": 0.6}]',
     2, 5, null, null,
     'Buffer https://buffer.com/resources/best-time-to-post-on-tiktok/ ; Hootsuite https://blog.hootsuite.com/tiktok-algorithm/',
     'Established creators: 2-5/week. A quality gate on volume.'),

    -- Instagram: weekdays 10-15; Reels mid-morning to early afternoon.
    ('instagram', null, null, '{mon,tue,wed,thu,fri}', '[{"start": 10, "end": 15, "weight": 0.7}]',
     3, 5, 1, null,
     'Later https://later.com/blog/how-instagram-algorithm-works/ ; Buffer https://buffer.com/resources/how-often-to-post-on-instagram/',
     'Feed 3-5/week, Reels 3-5/week; 6-9 and more bring diminishing returns. Avoid daily or several a day as a rule.'),
    ('instagram', 'feed', null, '{mon,tue,wed,thu,fri}', '[{"start": 10, "end": 15, "weight": 0.7}]',
     3, 5, 1, null,
     'Later https://later.com/blog/how-instagram-algorithm-works/ ; Buffer https://buffer.com/resources/how-often-to-post-on-instagram/',
     'Feed: weekday mid-mornings to mid-afternoons, 3-5/week. Caution against daily or several a day.'),
    ('instagram', 'reel', null, '{mon,tue,wed,thu,fri}', '[{"start": 10, "end": 14, "weight": 0.7}]',
     3, 5, 1, null,
     'Later https://later.com/blog/how-instagram-algorithm-works/ ; Buffer https://buffer.com/resources/how-often-to-post-on-instagram/',
     'Reels: mid-morning to early afternoon, 3-5/week. Caution against daily or several a day.'),

    -- X: weekday mornings; Tuesday to Thursday 8-12 strong.
    ('x', null, null, '{tue,wed,thu,mon,fri}',
     '[{"start": 8, "end": 12, "days": ["tue", "wed", "thu"], "weight": 0.9}, {"start": 8, "end": 12, "days": ["mon", "fri"], "weight": 0.4}]',
     3, 5, 3, null,
     'Buffer https://buffer.com/resources/best-time-to-post-social-media/ ; Sprout Social https://sproutsocial.com/insights/twitter-statistics/',
     '3-5/week for brands, with 2-3 a day as the ceiling. Consistency over volume.'),
    ('x', null, 'brand', '{tue,wed,thu,mon,fri}',
     '[{"start": 8, "end": 12, "days": ["tue", "wed", "thu"], "weight": 0.9}, {"start": 8, "end": 12, "days": ["mon", "fri"], "weight": 0.4}]',
     3, 5, 3, null,
     'Buffer https://buffer.com/resources/best-time-to-post-social-media/ ; Sprout Social https://sproutsocial.com/insights/twitter-statistics/',
     'Brands: 2-3 a day is the ceiling; top brands post about 4.2 a week. Consistency over volume.'),

    -- LinkedIn: midweek midday, 8-14.
    ('linkedin', null, null, '{tue,wed,thu}', '[{"start": 8, "end": 14, "weight": 0.7}]',
     2, 5, 1, 720,
     'Sprout Social https://sproutsocial.com/insights/best-times-to-post-on-linkedin/',
     'Individuals 2-3/week, companies 3-5/week; daily is viable for individuals. At least 12-24 hours between posts.'),
    ('linkedin', null, 'individual', '{tue,wed,thu}', '[{"start": 8, "end": 14, "weight": 0.7}]',
     2, 3, 1, 720,
     'Sprout Social https://sproutsocial.com/insights/best-times-to-post-on-linkedin/',
     'Individuals: 2-3/week as a baseline; daily is viable with quality. At least 12-24 hours between posts.'),
    ('linkedin', null, 'company page', '{tue,wed,thu}', '[{"start": 8, "end": 14, "weight": 0.7}]',
     3, 5, 1, 720,
     'Sprout Social https://sproutsocial.com/insights/best-times-to-post-on-linkedin/',
     'Company pages: 3-5/week. At least 12-24 hours between posts.'),

    -- Facebook: weekdays 8-18, lighter on Fridays; the text narrows it to mid-morning to mid-afternoon.
    ('facebook', null, null, '{mon,tue,wed,thu,fri}',
     '[{"start": 10, "end": 15, "days": ["mon", "tue", "wed", "thu"], "weight": 0.7}, {"start": 8, "end": 18, "days": ["mon", "tue", "wed", "thu"], "weight": 0.4}, {"start": 8, "end": 18, "days": ["fri"], "weight": 0.1}]',
     3, 5, 2, null,
     'Sprout Social https://sproutsocial.com/insights/best-times-to-post-on-facebook/',
     '3-5/week; 1-2 a day is the upper bound. Fridays are lighter. Reels are favoured; link posts underperform without native context.'),
    ('facebook', 'reel', null, '{mon,tue,wed,thu,fri}',
     '[{"start": 10, "end": 15, "days": ["mon", "tue", "wed", "thu"], "weight": 0.7}, {"start": 8, "end": 18, "days": ["mon", "tue", "wed", "thu"], "weight": 0.4}, {"start": 8, "end": 18, "days": ["fri"], "weight": 0.1}]',
     3, 5, 2, null,
     'Sprout Social https://sproutsocial.com/insights/best-times-to-post-on-facebook/',
     'Reels serve discovery and are favoured.')
  ) as t (platform, content_format, audience_segment, days, peak_hours, week_min, week_max, daily_max, spacing, source, notes)
  join public.platforms p on p.slug = t.platform;
