// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

// Measures the search over invented events: building, memory, queries by class, changes, recall. `tools/bench/search`
// runs it beside other search engines.

import Foundation
import TrigramSearch

let settings = Settings(CommandLine.arguments.dropFirst())
let concerts = Concerts(path: settings.concerts)
let allMisspellings = Questions.misspellings(path: settings.misspellings, half: nil)
let season = Season(
    events: settings.events, seed: settings.seed, concerts: concerts, spelt: allMisspellings.keys.sorted(),
    descriptionLetters: settings.descriptions)
let questions = Questions(season: season, misspellings: [:])
let real = Questions(
    season: season, misspellings: Questions.misspellings(path: settings.misspellings, half: settings.half))

if let folder = settings.export {
    try Export(season: season, questions: questions, real: real, settings: settings).write(to: folder)
    exit(0)
}
if let questions = settings.answer {
    try Answering(season: season).answer(questions, to: settings.answers)
    exit(0)
}
if settings.stalenessSteps > 0 {
    var staleness = Staleness(season)
    let use = try staleness.run(steps: settings.stalenessSteps, [questions, real])
    print(
        "\(settings.stalenessSteps) steps, \(staleness.changes) changes, \(staleness.versions) versions of the demand: "
            + "\(staleness.compared) answers compared, \(staleness.stale) stale; \(use.hits) were kept ones, \(use.drops) dropped"
    )
    exit(staleness.stale == 0 && use.hits > 0 ? 0 : 1)
}
var measuring = Measuring(settings: settings, season: season, questions: questions, real: real)
try measuring.run()
