-- A new KPI is first counted over the history that is there. Until it has reached where the streams were when it began, its
-- value is a part, and says so. What earlier releases began counts as complete.
alter table kpi_live add column complete boolean not null default true;
alter table rollup_progress add column until bigint not null default 0; -- the stream's head when the KPI began
