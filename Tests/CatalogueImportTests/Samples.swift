// Part of Box Office. Licensed under the Apache License, Version 2.0; see LICENSE.

/// Small files of each format, written for these tests.
enum Sample {
    static let all = [pretix, chart, floors, discovery, lines]

    /// Two zones; a row drawn in two parts, odd labels, an area that is only drawn, keys of a newer version.
    static let pretix = """
        {
          "name": "Théâtre du Léman",
          "categories": [{"name": "Parterre", "color": "#fff"}, {"name": "Balcon Ñ"}],
          "size": {"width": 600, "height": 400},
          "zones": [
            {
              "name": "Parterre", "zone_id": "p", "uuid": "z1", "position": {"x": 10, "y": 20},
              "rows": [
                {"row_number": "A", "row_label": "Rang %s", "row_number_position": "both", "uuid": "r1",
                 "position": {"x": 0, "y": 0},
                 "seats": [
                   {"seat_guid": "p-A-1", "seat_number": "1", "position": {"x": 0, "y": 0}, "category": "Parterre", "radius": 10},
                   {"seat_guid": "p-A-2", "seat_number": "2", "position": {"x": 25.5, "y": 0}, "category": "Parterre"},
                   {"seat_guid": "p-A-3", "seat_number": "3", "position": {"x": 51, "y": 0}, "category": "Balcon Ñ"},
                   {"seat_guid": "p-A-4", "seat_number": "4", "position": {"x": 120, "y": 0.125}, "category": "Balcon Ñ"},
                   {"seat_guid": "p-A-5", "seat_number": "5", "position": {"x": 145.5, "y": 0}, "category": "Balcon Ñ"}
                 ]},
                {"row_number": "B", "position": {"x": 0, "y": 30},
                 "seats": [
                   {"seat_guid": "p-B-1", "seat_number": "1", "position": {"x": 0, "y": 0}, "category": "Parterre"}
                 ]}
              ],
              "areas": [{"shape": "rectangle", "rectangle": {"width": 10, "height": 5}, "position": {"x": 1, "y": 1}}]
            },
            {"name": "Балкон", "position": {"x": 0, "y": 200}, "rows": [
              {"row_number": "1", "position": {"x": 0, "y": 0}, "fancy": true, "seats": [
                {"seat_guid": "b-1", "seat_number": "5-a", "position": {"x": 0, "y": 0}, "category": "Balcon Ñ"},
                {"seat_guid": "b-2", "seat_number": "5 a", "position": {"x": 25, "y": 0}, "category": "Balcon Ñ"},
                {"seat_guid": "b-3", "seat_number": "", "position": {"x": 50, "y": 0}, "category": ""}
              ]}
            ]}
          ]
        }
        """

    /// Rows, tables, a booth, areas and sections, with a focal point at the lower end.
    static let chart = """
        {
          "name": "Jazz Club “Blå”",
          "categories": {"list": [
            {"label": "Good Seats!", "color": "#87A9CD", "accessible": false, "key": 9},
            {"label": "Wheelchair", "color": "#5E42ED", "accessible": true, "key": "w"}
          ], "maxCategoryKey": 10},
          "version": 19, "venueType": "MIXED", "sectionScaleFactor": 100,
          "subChart": {
            "height": 186, "width": 442.44,
            "focalPoint": {"x": 100, "y": 300},
            "texts": [{"text": "Bar"}], "shapes": [{"label": "Stage", "type": "rectangle"}],
            "rows": [
              {"label": "B", "displayLabel": null, "seats": [
                {"x": 0, "y": 100, "label": "1", "categoryKey": 9}, {"x": 20, "y": 100, "label": "2", "categoryKey": 9}
              ]},
              {"label": "A", "displayLabel": "Row A (front)", "seats": [
                {"x": 0, "y": 200, "label": "1", "categoryKey": 9}, {"x": 20, "y": 200, "label": "2", "categoryKey": 9, "accessible": true},
                {"x": 40, "y": 200, "label": "3", "categoryKey": "w"}, {"x": 60, "y": 200, "label": "4", "categoryKey": "w"}
              ]},
              {"label": "A", "seats": [
                {"x": 120, "y": 200, "label": "5", "categoryKey": 9}, {"x": 140, "y": 200, "label": "6", "categoryKey": 9}
              ]}
            ],
            "tables": [
              {"label": "T1", "bookAsAWhole": true, "type": "round", "center": {"x": 300, "y": 100}, "seats": [
                {"x": 300, "y": 90, "label": "1", "categoryKey": 9}, {"x": 310, "y": 100, "label": "2", "categoryKey": 9},
                {"x": 300, "y": 110, "label": "3", "categoryKey": 9}, {"x": 250, "y": 100, "label": "4", "categoryKey": 9}
              ]}
            ],
            "booths": [{"label": "Booth 1", "center": {"x": 5, "y": 6.5}, "width": 10, "height": 10, "categoryKey": 9}],
            "generalAdmissionAreas": [
              {"label": "Lawn", "capacity": 250, "categoryKey": 9, "type": "polygon",
               "points": [{"x": 0, "y": 0}, {"x": 10, "y": 0}, {"x": 10, "y": 30}]}
            ],
            "sections": [
              {"label": "Balcony Left", "categoryKey": "w", "topLeft": {"x": 500, "y": 50}, "points": [{"x": 1, "y": 2}],
               "subChart": {"rows": [{"label": "1", "seats": [{"x": 1.005, "y": 2, "label": "101"}, {"x": 21, "y": 2, "label": "103"}, {"x": 41, "y": 2, "label": "105"}]}],
                 "generalAdmissionAreas": [{"label": "Pit", "capacity": 3, "type": "circle", "center": {"x": 1, "y": 1}}]}},
              {"label": "舞台", "categoryKey": 9, "topLeft": {"x": 90, "y": 280},
               "subChart": {"rows": [{"label": "?", "seats": [{"x": 0, "y": 0, "label": "?"}]}]}}
            ]
          }
        }
        """

    static let floors = """
        {"name": "Floors", "categories": {"list": [{"label": "A", "key": 1}]},
         "zones": {"list": [{"key": "f", "label": "F", "focalPoint": {"x": 0, "y": 0}}]},
         "subChartFloors": [
          {"sections": [{"label": "S1", "categoryKey": 1, "zone": "f", "topLeft": {"x": 0, "y": 0}, "subChart": {"rows": [
            {"label": "far", "seats": [{"x": 9, "y": 9, "label": "1"}]}, {"label": "near", "seats": [{"x": 1, "y": 1, "label": "1"}]}]}}],
           "focalPoint": null, "floorName": "1"},
          {"sections": [{"label": "S1", "categoryKey": 1, "subChart": {"rows": [{"label": "A", "seats": [{"x": 1, "y": 1, "label": "1"}]}]}}],
           "focalPoint": null, "floorName": "2"}
         ]}
        """

    /// Two events at one venue, one of them cancelled, with attractions that print in other scripts.
    static let discovery = """
        {"_embedded": {"events": [
          {"name": "O'Brien & Beyoncé \\"Live\\"", "type": "event", "id": "vvG1zZ9", "info": "Doors 18:00.\\nNo bags.",
           "dates": {"start": {"localDate": "2031-05-01", "localTime": "19:30:00", "dateTime": "2031-05-01T23:30:00Z", "timeTBA": false},
                     "timezone": "America/New_York", "status": {"code": "onsale"}},
           "sales": {"public": {"startDateTime": "2031-01-10T15:00:00Z"}},
           "classifications": [{"primary": true, "segment": {"name": "Music"}, "genre": {"name": "Folk"}}],
           "priceRanges": [{"type": "standard", "currency": "USD", "min": 59.5, "max": 199.0}],
           "_embedded": {
             "venues": [{"id": "KovZpZA7AAEA", "name": "Madison Square Garden", "city": {"name": "New York"}, "state": {"stateCode": "NY"},
                         "country": {"countryCode": "US"}, "address": {"line1": "7th Ave"}, "postalCode": "10001", "timezone": "America/New_York"}],
             "attractions": [{"id": "K8vZ9171ob7", "name": "Beyoncé", "classifications": [{"genre": {"name": "Pop"}}]},
                             {"id": "has space/é", "name": "Кино"}]}},
          {"name": "Second night", "id": "vvG1zZ8",
           "dates": {"start": {"localDate": "2031-05-02", "timeTBA": true}, "status": {"code": "cancelled"}},
           "_embedded": {"venues": [{"id": "KovZpZA7AAEA", "name": "Madison Square Garden"}]}}
        ]}, "page": {"size": 2, "totalElements": 2, "totalPages": 1, "number": 0}}
        """

    static let lines = """
        {"kind":"venue","id":"globe","name":"Le Globe","city":"Lyon","tz":"Europe/Paris"}
        {"kind":"section","venue":"globe","section":"stalls","rows":"A-C","seats":"1-10","category":"std"}
        {"kind":"row","venue":"globe","section":"stalls","row":"D","seats":"1-19/2","gaps":"9","accessible":"1,19","categories":"1-9:vip,11-19:std","name":"Rang D"}
        {"kind":"area","venue":"globe","area":"lawn","capacity":400,"xy":[[3,4.5]]}
        {"kind":"performer","id":"obrien","name":"Nora O'Brien","genre":"folk"}
        {"kind":"event","id":"gala","venue":"globe","title":"O'Brien Gala","starts":"2031-05-01T19:30+02:00","currency":"EUR","price":4500,"performers":["obrien"],"description":"Line one\\nline \\"two\\""}
        {"kind":"price","event":"gala","category":"vip","amount":9000}
        {"kind":"block","event":"gala","seats":["stalls/A/1-2","lawn:5"]}
        {"kind":"open","event":"gala"}
        {"kind":"event","id":"old","venue":"globe","title":"Vieux","starts":"1842-12-07T20:00-05:00"}
        {"kind":"close","event":"gala"}
        {"kind":"cancel","event":"old"}
        """
}
