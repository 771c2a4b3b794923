Attribute VB_Name = "xlwings"
Option Explicit

' Stands in for xlwings' module and for Python, in a program that runs VBA and is not Excel.

Public Const XLWINGS_VERSION As String = "of the test"
Public FakeMode As String
Public FakeCalls As String
Public FakeStarts As Long

Public Function XLPy() As Variant
    FakeStarts = FakeStarts + 1
    If FakeMode = "missing" Then Err.Raise 53, , "File not found: xlwings64.dll"
    If FakeMode = "older" Then
        XLPy = "no object"
    Else
        Set XLPy = New FakePython
    End If
End Function

Public Sub FakeBehave(ByVal mode As String)
    FakeMode = mode
    FakeCalls = ""
    FakeStarts = 0
End Sub

Public Function FakeCount() As Long
    FakeCount = FakeStarts
End Function

Public Function FakeSeen() As String
    FakeSeen = FakeCalls
End Function

Public Function FakeShow(ByVal value As Variant) As String
    ' Spell a value with its type, an array as its elements.
    Dim element As Variant

    If IsArray(value) Then
        For Each element In value
            FakeShow = FakeShow & FakeShow(element) & "; "
        Next element
    ElseIf IsError(value) Then
        FakeShow = "error " & CLng(value)
    Else
        FakeShow = TypeName(value) & " " & value
    End If
End Function

Public Function ShowScalar() As String
    ShowScalar = FakeShow(DM_SHORTFALL(294, 892))
End Function

Public Function ShowRange() As String
    Dim sheet As Object

    Set sheet = ThisWorkbook.Worksheets(1)
    sheet.Range("J1").Value = 5
    sheet.Range("K1").Value = "text"
    ShowRange = FakeShow(DM_SHORTFALL(sheet.Range("J1"), sheet.Range("J1:K2")))
End Function

Public Function ShowError() As String
    ShowError = FakeShow(DM_SHORTFALL(CVErr(2042), 892))
End Function

Public Function ShowObject() As String
    ShowObject = FakeShow(DM_SHORTFALL(ThisWorkbook, 892))
End Function

Public Function ShowList() As String
    ThisWorkbook.Worksheets(1).Range("J1").Value = 5
    ShowList = FakeShow(DM_WHY("DM_SHORTFALL", 1, ThisWorkbook.Worksheets(1).Range("J1")))
End Function

Public Function ShowNothing() As String
    ShowNothing = FakeShow(DM_VERSION())
End Function
