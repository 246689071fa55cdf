"""The data that the audit rests on."""

from __future__ import annotations

from ..audit.registry import TASKS, check
from ..audit.schema import SchemaReport
from ..audit.shapes.figures import Table


@check("data.schema", tasks=TASKS, better="higher", addresses=["eu-ai-act:10.3", "nist-ai-rmf:measure-2.1"])
def schema(schema_report: SchemaReport) -> Table:
    """Data schema.

    The pandera schema that the data were held against before anything else ran. Rows that do not fit stop the
    audit, so a record exists only if all of them fit.

    Signs of trouble: few columns with conditions, so that little was asked for.
    Limits: a schema inferred from the same data fits them by construction.
    """
    return Table(
        title=f"All {schema_report.rows} rows fit the schema {schema_report.source}",
        columns=["Column", "Type", "Conditions", "May be missing"],
        rows=[list(row) for row in schema_report.columns],
    )
