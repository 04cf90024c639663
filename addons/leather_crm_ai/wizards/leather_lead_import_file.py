import csv
import io
import re
import zipfile
from datetime import date, datetime

import chardet
from odoo import api, models
from odoo.addons.base_import.models.base_import import ImportValidationError
from odoo.exceptions import UserError

from .column_types import clean

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 30_000  # what a request may cost by default: 60 s of CPU, about 1.3 ms a lead with 30 columns
MAX_COLUMNS = 500
MAX_SHEET_CELLS = 600_000  # a workbook is slower to read than a text file: about 10 µs and 300 bytes a cell
MAX_UNPACKED = 300 * 1024 * 1024
ENCODING_SAMPLE = 100_000
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MIMETYPES = {
    "csv": "text/csv",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
SEPARATORS = (";", "\t", "|", ",")


class LeatherLeadImportFile(models.AbstractModel):
    """Reads a file of leads through Odoo's own import into a header and rows of text.

    Whatever is wrong with the file is said in words that tell what to do; nothing is stored.
    """

    _name = "leather.lead.import.file"
    _description = "Reader of Lead Files"

    @api.model
    def _read(self, content, options):
        """Table of a file.

        :param content: bytes of the file
        :param options: dict with encoding, separator and sheet as the user chose them, each possibly blank
        :return: dict with header (list of unique names), rows (lists of text, one cell per name or more where the
            file is ragged), encoding, separator, sheets, sheet
        :raises UserError: the file cannot be read, with what to do
        """
        self._check_size(content)
        kind = self._get_kind(content)
        options = {"quoting": '"', "has_headers": True, **options}
        if kind == "csv":
            options["encoding"] = options.get("encoding") or self._guess_encoding(content)
            self._check_text(content, options["encoding"])
        elif kind in ("xlsx", "ods"):
            self._check_archive(content)
        rows = self._read_rows(content, kind, options)
        table = self._make_table(rows)
        table.update({"kind": kind, "sheets": options.get("sheets") or [], "sheet": options.get("sheet") or ""})
        table["encoding"] = options["encoding"] if kind == "csv" else ""
        table["separator"] = options.get("separator") or ","
        return table

    # ------------------------------------------------------------
    # Checks before reading
    # ------------------------------------------------------------

    @api.model
    def _check_size(self, content):
        if not content:
            raise UserError(
                self.env._(
                    "The file is empty. Choose a CSV, XLSX, XLS or ODS file with a line of headers and one line per "
                    "lead."
                )
            )
        if len(content) > MAX_BYTES:
            raise UserError(
                self.env._(
                    "The file is too large: %(size)s MB, at most %(limit)s MB are taken. Split it into several files "
                    "(keep the line of headers in each), or take out columns you do not need.",
                    size=round(len(content) / 2**20),
                    limit=MAX_BYTES // 2**20,
                )
            )

    @api.model
    def _get_kind(self, content):
        """csv, xls, xlsx or ods, from the content: names and browsers lie."""
        if content.startswith(OLE_MAGIC):
            if "EncryptedPackage".encode("utf-16-le") in content:
                raise UserError(
                    self.env._(
                        "The workbook is protected by a password. Save a copy without the password in Excel or "
                        "LibreOffice and choose that copy."
                    )
                )
            return "xls"
        if not content.startswith(b"PK\x03\x04"):
            return "csv"
        return "ods" if b"opendocument.spreadsheet" in content[:200] else "xlsx"

    @api.model
    def _check_archive(self, content):
        """A workbook is a zip archive: whole, of a sane size, not a bomb."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                infos = archive.infolist()
                if sum(info.file_size for info in infos) > MAX_UNPACKED:
                    raise UserError(self._get_too_many_cells())
                sheets = [info for info in infos if re.match(r"xl/worksheets/[^/]+\.xml$|content\.xml$", info.filename)]
                if not sheets:
                    raise zipfile.BadZipFile
                if max(_count_cells(archive, info) for info in sheets) > MAX_SHEET_CELLS:
                    raise UserError(self._get_too_many_cells())
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as error:
            raise UserError(
                self.env._(
                    "The workbook is damaged, protected or not a workbook at all. Open it in Excel or LibreOffice, "
                    "save it again as XLSX or as CSV (UTF-8), and choose that file."
                )
            ) from error

    @api.model
    def _get_too_many_cells(self):
        return self.env._(
            "The workbook holds too many cells: at most %(cells)s are taken. Save the sheet as CSV (UTF-8), which "
            "takes "
            "up to %(rows)s rows, or split it.",
            cells=MAX_SHEET_CELLS,
            rows=MAX_ROWS,
        )

    # ------------------------------------------------------------
    # Text files
    # ------------------------------------------------------------

    @api.model
    def _guess_encoding(self, content):
        """Encoding of a text file: a mark at its start, else UTF-8 when it is, else what its letters look like."""
        for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
            if content.startswith(mark):
                return name
        if _is_utf8(content):
            return "utf-8"
        sample = b"\n".join(line for line in content.splitlines() if not line.isascii())[:ENCODING_SAMPLE]
        found = chardet.detect(sample)
        if (found["encoding"] or "").lower().startswith("utf-") and found["confidence"] > 0.9:
            return found["encoding"].lower()
        # Arabic words are runs of high bytes; French words hold one here and there.
        runs = sum(len(run) for run in re.findall(rb"[\x80-\xff]{2,}", sample))
        high = sum(byte > 127 for byte in sample)
        return "windows-1256" if runs > 0.6 * high else "windows-1252"

    @api.model
    def _check_text(self, content, encoding):
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, LookupError) as error:
            raise UserError(
                self.env._(
                    "The text cannot be read as “%s”. Choose another encoding below, or save the file as CSV "
                    "(UTF-8) and "
                    "choose it again.",
                    encoding,
                )
            ) from error
        strange = sum(text.count(chr(code)) for code in (*range(9), *range(14, 32)))
        if "\x00" in text or strange > len(text) / 100:
            raise UserError(
                self.env._(
                    "This is not a text file: it holds NUL or control characters. If it is a workbook, save it as "
                    "XLSX or "
                    "as CSV (UTF-8); if it is a text file in another encoding (for instance UTF-16), choose it below."
                )
            )

    # ------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------

    @api.model
    def _read_rows(self, content, kind, options):
        try:
            rows = self._call_reader(content, kind, options)
            if kind == "csv" and not options.get("separator"):
                # Odoo takes the comma when the lines differ in length: ask the header
                other = _guess_separator(rows[0] if rows else [])
                if other != ",":
                    options["separator"] = other
                    rows = self._call_reader(content, kind, options)
            return rows
        except (ImportValidationError, UserError, ValueError, csv.Error, IndexError, KeyError) as error:
            raise UserError(
                self.env._(
                    "The file cannot be read: %s\nCorrect the cell named above; or open the file in Excel or "
                    "LibreOffice, "
                    "save it again as XLSX or as CSV (UTF-8), and choose that file.",
                    error,
                )
            ) from error

    @api.model
    def _call_reader(self, content, kind, options):
        reader = self.env["base_import.import"].new(
            {"res_model": "crm.lead", "file": content, "file_name": f"leads.{kind}", "file_type": MIMETYPES[kind]}
        )
        result = reader._read_file(options)
        return result[1] if result else []

    @api.model
    def _make_table(self, rows):
        rows = [[_to_text(cell) for cell in row] for row in rows]
        if not rows:
            raise UserError(self.env._("The file is empty. It needs a line of headers and one line per lead."))
        if len(rows) == 1:
            raise UserError(self.env._("The file has a line of headers and nothing below it. Add one line per lead."))
        if len(rows) - 1 > MAX_ROWS:
            raise UserError(
                self.env._(
                    "The file has %(rows)s rows, at most %(limit)s are taken at once. Split it into several files "
                    "(keep the "
                    "line of headers in each) and import one after the other.",
                    rows=len(rows) - 1,
                    limit=MAX_ROWS,
                )
            )
        header, body = rows[0], rows[1:]
        width = len(header)
        while width and not header[width - 1] and not any(len(row) >= width and row[width - 1] for row in body):
            width -= 1
        if not width:
            raise UserError(
                self.env._("The first line holds no header. Write the name of each column in the first line.")
            )
        if width > MAX_COLUMNS:
            raise UserError(
                self.env._(
                    "The file has %(columns)s columns, at most %(limit)s are taken. Take out those you do not need.",
                    columns=width,
                    limit=MAX_COLUMNS,
                )
            )
        return {"header": self._name_columns(header[:width]), "rows": [_fit(row, width) for row in body]}

    @api.model
    def _name_columns(self, header):
        """Every column gets a name of its own: blank ones a number, repeated ones a number behind."""
        names, seen = [], set()
        for position, name in enumerate(header, 1):
            name = " ".join(name.split())[:120] or self.env._("Column %s", position)
            unique, rank = name, 2
            while unique.casefold() in seen:
                unique, rank = f"{name} ({rank})", rank + 1
            seen.add(unique.casefold())
            names.append(unique)
        return names


def _count_cells(archive, info):
    """Cells of one sheet, counted in pieces: the sheet is never whole in memory."""
    mark = b"<table:table-cell" if info.filename == "content.xml" else b"<c "
    count, rest = 0, b""
    with archive.open(info) as stream:
        while piece := stream.read(1 << 20):
            piece = rest + piece
            count += piece.count(mark)
            rest = piece[-len(mark) + 1 :]
    return count


def _is_utf8(content):
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _guess_separator(first_row):
    line = first_row[0] if len(first_row) == 1 else ",".join(first_row)
    return max(SEPARATORS, key=line.count) if any(mark in line for mark in SEPARATORS) else ","


def _to_text(cell):
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds") if cell.time() != datetime.min.time() else cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return clean(str(cell)) if cell not in (None, False) else ""


def _fit(row, width):
    """A short row gets blanks (spreadsheets leave trailing ones out); cells too many are kept, to be reported."""
    while len(row) > width and not row[-1]:
        row = row[:-1]
    return row + [""] * (width - len(row))
