-- A new KPI is first counted over the history that is there. Until it has reached where the streams were when it began, its
-- value is a part, and says so. What earlier releases began counts as complete.
alter table kpi_live add column complete boolean not null default true;

-- Where the streams of such a KPI were. Not beside its progress, whose rows change with each page.
create table kpi_catching_up (
  kpi        integer not null,
  stream     integer not null,
  until      bigint not null,                     -- the stream's head when the KPI began
  primary key (kpi, stream)
);
