Attribute VB_Name = "DealModelAddin"
Option Explicit
Option Private Module

' What only the add-in does: make the formulas of a workbook that comes from elsewhere find the functions here.

Public Sub DmAdopt(ByVal book As Workbook)
    ' Lead a workbook's links to this add-in here, wherever it lay where the workbook was saved, and enter the
    ' formulas anew that Excel read before it knew their function.
    Dim links As Variant
    Dim link As Variant
    Dim sheet As Worksheet

    If book.IsAddin Then Exit Sub
    links = book.LinkSources(xlExcelLinks)
    If IsArray(links) Then
        For Each link In links
            If DmIsThisAddin(CStr(link)) Then DmLead book, CStr(link)
        Next link
    End If
    For Each sheet In book.Worksheets
        DmEnterAnew sheet
    Next sheet
End Sub

Private Sub DmLead(ByVal book As Workbook, ByVal link As String)
    ' Lead a link here; a workbook that does not let its links be changed keeps them.
    On Error GoTo Failed
    book.ChangeLink link, ThisWorkbook.FullName, xlLinkTypeExcelLinks
Failed:
End Sub

Private Function DmIsThisAddin(ByVal link As String) As Boolean
    ' Whether a link leads to an add-in of this name in another place.
    Dim title As String

    If StrComp(link, ThisWorkbook.FullName, vbTextCompare) = 0 Then Exit Function
    title = Mid$(link, InStrRev(link, "\") + 1)
    title = Mid$(title, InStrRev(title, "/") + 1)
    DmIsThisAddin = (StrComp(title, ThisWorkbook.Name, vbTextCompare) = 0)
End Function

Private Sub DmEnterAnew(ByVal sheet As Worksheet)
    ' Enter the formulas of a sheet anew that show #NAME? and call a function of ours.
    Dim cell As Range

    On Error GoTo Failed
    If sheet.ProtectContents Then Exit Sub
    For Each cell In sheet.UsedRange.SpecialCells(xlCellTypeFormulas, xlErrors).Cells
        If cell.Value2 = CVErr(xlErrName) And InStr(cell.Formula, "DM_") > 0 Then DmEnterCell cell
    Next cell
Failed:
End Sub

Private Sub DmEnterCell(ByVal cell As Object)
    ' Enter a formula anew, an array as an array.
    On Error GoTo Failed
    If cell.HasArray Then
        cell.CurrentArray.FormulaArray = cell.FormulaArray
    ElseIf Not DmEnterDynamic(cell) Then
        cell.Formula = cell.Formula
    End If
Failed:
End Sub

Private Function DmEnterDynamic(ByVal cell As Object) As Boolean
    ' Enter a formula anew where Excel has dynamic arrays: there `Formula` would put an @ in front.
    On Error GoTo Failed
    cell.Formula2 = cell.Formula2
    DmEnterDynamic = True
Failed:
End Function
