//! The people and machines of the region, and what they do on an ordinary day.

use std::sync::Arc;

use ward_event::Place;

use super::{Draft, MINUTE, Rng, at, place};

#[derive(Clone, Copy, PartialEq)]
enum Job {
    /// Weekdays by day.
    Office,
    /// Weekdays, and every other weekend.
    Doctor,
    /// Rotating shifts: day, evening, night, off.
    Nurse,
    /// Weekdays, and called in at night now and then; asks databases directly.
    Admin,
}

struct Person {
    name: String,
    job: Job,
    /// Last number of the address; the net is the ward's.
    net: u64,
    desk: u64,
    leases: bool,
    host: String,
    programs: Vec<String>,
    resources: Vec<String>,
    /// Logs in from home in the evening on some days.
    remote: bool,
    home: u64,
    rows: f64,
}

/// A hospital, or several taken as one.
pub struct Region {
    people: Vec<Person>,
    servers: u64,
    /// How busy: events of a person's day are multiplied by it.
    pub busy: u64,
    rng: Rng,
    home: Arc<Place>,
    places: Vec<Arc<Place>>,
}

const PROGRAMS: &[&str] = &[
    "his.exe",
    "emr.exe",
    "lis.exe",
    "pacs.exe",
    "winword.exe",
    "excel.exe",
    "wps.exe",
    "chrome.exe",
    "edge.exe",
    "wechat.exe",
    "foxmail.exe",
    "notepad.exe",
    "explorer.exe",
];
const RESOURCES: &[&str] = &["his-app", "emr-app", "lis-app", "pacs-app", "oa-app", "file-srv"];

impl Region {
    pub fn new(people: u64, seed: u64) -> Self {
        let mut rng = Rng(seed);
        let person = |n: u64, rng: &mut Rng| {
            let job = match n % 10 {
                0..3 => Job::Office,
                3..6 => Job::Doctor,
                6..9 => Job::Nurse,
                _ => Job::Admin,
            };
            let some = |rng: &mut Rng, of: &[&str], n: u64| -> Vec<String> {
                (0..n).map(|_| (*rng.pick(of)).to_owned()).collect()
            };
            let programs = 3 + rng.below(4);
            let resources = 2 + rng.below(3);
            Person {
                name: format!("u{n:04}"),
                job,
                net: n / 40,
                desk: 10 + n % 40,
                leases: rng.chance(0.15),
                host: format!("pc{n:04}"),
                programs: some(rng, PROGRAMS, programs),
                resources: some(rng, RESOURCES, resources),
                remote: rng.chance(0.08),
                home: rng.below(200),
                rows: [300.0, 3_000.0, 20_000.0][rng.below(3) as usize],
            }
        };
        let people = (0..people).map(|n| person(n, &mut rng)).collect();
        let places = vec![
            place("US", "", 15169),
            place("JP", "", 2516),
            place("CN", "北京市", 4808),
            place("CN", "广东省", 4134),
        ];
        Self { people, servers: 12, busy: 1, rng, home: place("CN", "浙江省", 4134), places }
    }

    /// Accounts and hosts.
    pub fn entities(&self) -> usize {
        self.people.len() * 2 + self.servers as usize
    }

    /// One person's name by job, for a plant: `u0000` is in an office, `u0009` asks databases.
    pub fn day(&mut self, day: i32) -> Vec<Draft> {
        let mut out = Vec::new();
        let mut people = std::mem::take(&mut self.people);
        for (person, n) in people.iter_mut().zip(0..) {
            self.habits_move(person);
            self.person(person, n, day, &mut out);
        }
        self.people = people;
        self.machines(day, &mut out);
        out
    }

    /// The little changes of life: a lease runs out, a desk is moved, a program is new.
    fn habits_move(&mut self, person: &mut Person) {
        let rng = &mut self.rng;
        if person.leases && rng.chance(0.4) {
            person.desk = 100 + rng.below(150);
        }
        if rng.chance(0.004) {
            (person.net, person.desk) = (rng.below(8), 10 + rng.below(200));
            person.host = format!("pc-new{:04}", rng.below(10_000));
        }
        if rng.chance(0.01) {
            person.programs.push(format!("tool{}.exe", rng.below(400)));
        }
        if rng.chance(0.01) {
            person.resources.push((*rng.pick(RESOURCES)).to_owned());
        }
    }

    /// The hours of duty of this day, if there are any; a night runs into the next day.
    fn duty(&mut self, person: &Person, n: i32, day: i32) -> Option<(i64, i64)> {
        let weekend = (day - 1) % 7 >= 5;
        let rng = &mut self.rng;
        if rng.chance(0.03) {
            return None;
        }
        match person.job {
            Job::Office => (!weekend).then_some((8, 9)),
            Job::Doctor => (!weekend || (day / 7 + n) % 2 == 0).then_some((7, 11)),
            Job::Nurse => match (day + n) % 4 {
                0 => Some((7, 9)),
                1 => Some((15, 9)),
                2 => Some((22, 9)),
                _ => None,
            },
            Job::Admin if rng.chance(0.04) => Some((23, 3)),
            Job::Admin => (!weekend).then_some((8, 10)),
        }
    }

    fn person(&mut self, person: &Person, n: i32, day: i32, out: &mut Vec<Draft>) {
        let Some((from, hours)) = self.duty(person, n, day) else { return };
        let src = format!("10.{}.{}.{}", 10, person.net, person.desk);
        let late = if self.rng.chance(0.05) { 2 } else { 0 };
        let minutes = (hours + late) * 60;
        let actions = (self.rng.around(14.0, 0.35) + 4) * self.busy;
        for _ in 0..actions {
            let time = ward_event::Micros(
                at(day, from, 0).0 + self.rng.below(minutes as u64 * 60) as i64 * 1_000_000,
            );
            let resource = self.rng.pick(&person.resources).clone();
            let draft = match self.rng.below(10) {
                0..3 => Draft::login(time, &person.name, &src, &resource, !self.rng.chance(0.04)),
                3..6 => {
                    let program: &String = self.rng.pick(&person.programs);
                    Draft::process(time, &person.name, &person.host, program)
                }
                _ => {
                    let (dst, place) = self.destination();
                    let bytes = self.rng.around(40_000.0, 1.5);
                    Draft::flow(time, &src, &dst, bytes, place)
                }
            };
            out.push(draft);
            if person.job == Job::Admin && self.rng.chance(0.5) {
                let report = if self.rng.chance(0.01) { 8.0 } else { 1.0 };
                let rows = self.rng.around(person.rows * report, 0.9);
                out.push(Draft::query(time, &person.name, &src, "plsqldev.exe", "his", rows));
            }
        }
        if person.remote && self.rng.chance(0.3) {
            let time = ward_event::Micros(at(day, 20, 0).0 + self.rng.below(90) as i64 * MINUTE);
            let src = format!("183.128.7.{}", person.home);
            let place = if self.rng.chance(0.004) { self.places[2].clone() } else { self.home.clone() };
            out.push(Draft::login(time, &person.name, &src, "vpn-gw", true).from(place));
        }
    }

    fn destination(&mut self) -> (String, Option<Arc<Place>>) {
        if self.rng.chance(0.7) {
            return (format!("10.10.100.{}", 10 + self.rng.below(8)), None);
        }
        let at = if self.rng.chance(0.03) { self.rng.below(2) } else { 2 + self.rng.below(2) } as usize;
        (format!("203.0.113.{}", self.rng.below(120)), Some(self.places[at].clone()))
    }

    /// Servers round the clock, their database accounts, a backup by night, strangers' attempts.
    fn machines(&mut self, day: i32, out: &mut Vec<Draft>) {
        for server in 0..self.servers {
            let src = format!("10.10.100.{}", 10 + server);
            for hour in 0..24 {
                for _ in 0..2 * self.busy {
                    let time = at(day, hour, self.rng.below(60) as i64);
                    let day_rate = if (8..18).contains(&hour) { 6.0 } else { 1.0 };
                    let bytes = self.rng.around(2e6 * day_rate, 0.6);
                    out.push(Draft::flow(time, &src, &format!("10.10.101.{}", server % 4), bytes, None));
                    let rows = self.rng.around(800.0 * day_rate, 0.5);
                    out.push(Draft::query(time, &format!("app{server}"), &src, "java", "his", rows));
                }
            }
            let bytes = self.rng.around(4e10, 0.2);
            out.push(Draft::flow(at(day, 1, 30), &src, "10.10.102.5", bytes, None));
        }
        for _ in 0..30 * self.busy {
            let time = at(day, self.rng.below(24) as i64, self.rng.below(60) as i64);
            let name = format!("u{:04}", self.rng.below(self.people.len() as u64));
            out.push(
                Draft::login(time, &name, "198.51.100.77", "vpn-gw", false).from(place("RU", "", 12389)),
            );
        }
    }
}
