-- The bookmaker's own database. Its programs write tables, and know nothing of Millrace, which reads the log of some.

-- What is there already isn't worth a notice.
set client_min_messages = warning;

create table if not exists agents (
    id text primary key,
    name text not null,
    commission numeric not null);

create table if not exists customers (
    id text primary key,
    agent_id text not null references agents,
    name text not null,
    balance numeric not null default 0);

create table if not exists fixtures (
    id text primary key,
    home text not null,
    away text not null,
    home_goals int,
    away_goals int,
    at timestamptz not null);

create table if not exists wagers (
    id text primary key,
    fixture_id text not null references fixtures,
    customer_id text not null references customers,
    agent_id text not null references agents,
    event text not null,
    pick text not null check (pick in ('home', 'draw', 'away')),
    selection text not null,
    odds numeric not null check (odds > 1),
    amount numeric not null check (amount > 0),
    payout numeric not null default 0,
    status text not null default 'pending' check (status in ('pending', 'won', 'lost', 'cancelled')),
    action text not null,
    at timestamptz not null);
create index if not exists wagers_pending on wagers (fixture_id) where status = 'pending';

-- By how much each change of a wager changed each figure. Rows are added and never changed.
create table if not exists ledger (
    id bigint generated always as identity primary key,
    wager_id text not null,
    customer_id text not null,
    agent_id text not null,
    action text not null,
    amount numeric not null,
    exposure numeric not null,
    pending int not null,
    liability numeric not null,
    revenue numeric not null,
    stake numeric not null,
    at timestamptz not null);

-- A payment may fail and then succeed. What the provider reports has happened, whatever the account holds.
create table if not exists payments (
    id text not null,
    customer_id text not null references customers,
    agent_id text not null references agents,
    kind text not null check (kind in ('payment.succeeded', 'payment.failed', 'payout.paid')),
    amount numeric not null check (amount > 0),
    method text,
    reason text,
    at timestamptz not null,
    primary key (id, kind));

create index if not exists ledger_stakes on ledger (customer_id, at) where stake <> 0;

create table if not exists commissions (
    id bigint generated always as identity primary key,
    entry_id bigint not null unique,
    agent_id text not null references agents,
    amount numeric not null);

-- What a wager as it stands counts for; nothing while it isn't there.
create or replace function counted(
    wager wagers, out pending int, out liability numeric, out revenue numeric, out balance numeric)
language sql immutable as $$
    select case when wager.status = 'pending' then 1 else 0 end,
        case when wager.status = 'pending' then round(wager.amount * (wager.odds - 1), 2) else 0 end,
        case when wager.status in ('won', 'lost') then wager.amount - wager.payout else 0 end,
        case when wager.status in ('pending', 'won', 'lost') then wager.payout - wager.amount else 0 end
$$;

create or replace function name_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.status <> 'pending' then
        raise exception 'the wager % is closed', old.id using errcode = 'check_violation';
    end if;
    new.action := case
        when tg_op = 'INSERT' then 'placed'
        when new.status = old.status then 'modified'
        when new.status = 'cancelled' then 'cancelled'
        else 'settled' end;
    new.agent_id := (select c.agent_id from customers c where c.id = new.customer_id);
    return new;
end $$;

create or replace function book_change() returns trigger language plpgsql as $$
declare
    before record;
    after record;
    held numeric;
begin
    before := counted(old);
    after := counted(new);
    -- Before an entry has its id: of a customer's entries, those with lower ids are all committed when one is.
    select balance into held from customers where id = new.customer_id for no key update;
    if after.balance < before.balance and held + after.balance - before.balance < 0 then
        raise exception 'the account % holds too little', new.customer_id using errcode = 'check_violation';
    end if;
    insert into ledger (wager_id, customer_id, agent_id, action, amount, exposure, pending, liability, revenue, stake, at)
    values (new.id, new.customer_id, new.agent_id, new.action, new.amount, after.liability, after.pending - before.pending,
        after.liability - before.liability, after.revenue - before.revenue, new.amount - coalesce(old.amount, 0), new.at);
    update customers set balance = customers.balance + after.balance - before.balance
    where id = new.customer_id and after.balance <> before.balance;
    return null;
end $$;

create or replace trigger change_is_named before insert or update on wagers
    for each row execute function name_change();
create or replace trigger change_is_booked after insert or update on wagers
    for each row execute function book_change();
