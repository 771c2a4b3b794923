Attribute VB_Name = "DealModel"
Option Explicit
Option Private Module

' The way from a cell to Python and back, the same for every worksheet function.
'
' Arguments go over in one piece: a range as its Value2, in which currency keeps its digits, a date is its serial
' number and an error is an error. Errors come back as texts, because a COM function cannot return them, and become
' the errors that IFERROR and ISERROR know. One connection serves all calls. Whatever goes wrong with Python is
' said in the status bar and in a log; a cell holds an error then, never a text.

Private Const LOG_NAME As String = "dealmodel.log"
Private Const MANY_CELLS As Double = 10000
Private Const RETRY_SECONDS As Long = 30
Private Const ADVICE As String = " At a command prompt, `dealmodel excel doctor` says what to mend."

Private python As Object
Private failure As String
Private failedAt As Date
Private logged As String
Private shown As Boolean

Public Function DmCall(ByVal functionName As String, ByVal given As Variant) As Variant
    ' Return what a worksheet function gives for the arguments of a cell.
    Dim values As Variant
    Dim answer As Variant
    Dim count As Double
    Dim attempt As Long
    Dim problem As String

    values = DmValues(given, count)
    If count > MANY_CELLS Or python Is Nothing Then
        If DmWizardIsOpen() Then
            DmCall = CVErr(xlErrNA)
            Exit Function
        End If
    End If
    For attempt = 1 To 2
        If Not DmConnected() Then
            DmCall = CVErr(xlErrNA)
            Exit Function
        End If
        problem = DmAsk(functionName, values, answer)
        If problem = "" Then
            DmCall = DmResult(answer)
            If shown Then DmShow ""
            Exit Function
        End If
        If DmAnswers() Then
            DmLog functionName & " failed in Python: " & problem
            DmShow "dealmodel: " & functionName & " failed in Python. Details: " & DmLogPath()
            DmCall = CVErr(xlErrValue)
            Exit Function
        End If
        Set python = Nothing
    Next attempt
    DmFail "Python ended while it was asked: " & problem & "."
    DmCall = CVErr(xlErrNA)
End Function

Private Function DmAsk(ByVal functionName As String, ByVal values As Variant, ByRef answer As Variant) As String
    ' Call Python; return what went wrong, or nothing.
    On Error GoTo Failed
    answer = python.CallUDF(UDF_MODULE, functionName, (values))
    Exit Function
Failed:
    DmAsk = "error " & Err.Number & ", " & Err.Description
End Function

Private Function DmAnswers() As Boolean
    ' Whether Python is still there: a function that fails is no reason to start it anew.
    On Error GoTo Failed
    DmAnswers = (python.Str(1) = "1")
Failed:
End Function

' -- the connection

Private Function DmConnected() As Boolean
    ' Whether Python answers, starting it where it does not run yet.
    Dim version As Variant

    If Not python Is Nothing Then
        DmConnected = True
        Exit Function
    End If
    If failure <> "" Then
        ' A thousand cells do not wait a thousand times for a Python that is not there.
        If DateDiff("s", failedAt, Now) < RETRY_SECONDS Then Exit Function
    End If
#If Mac Then
    DmFail "on a Mac the functions run in xlwings Lite: `dealmodel excel lite BOOK.xlsx -o OUT.xlsx` makes such a book."
#Else
    On Error GoTo Failed
    DmShow "dealmodel: starting Python ..."
    Set python = XLPy()
    version = python.CallUDF(UDF_MODULE, "DM_VERSION", Array())
    failure = ""
    DmConnected = True
    If version = DEALMODEL_VERSION Then
        DmShow ""
    Else
        DmLog "the add-in is of version " & DEALMODEL_VERSION & ", dealmodel in Python of " & version
        DmShow "dealmodel: the add-in is of version " & DEALMODEL_VERSION & ", dealmodel in Python of " & version & _
            ". At a command prompt, `dealmodel excel install` brings them together."
    End If
    Exit Function
Failed:
    DmFail DmReason(Err.Number, Err.Description)
#End If
End Function

Private Function DmReason(ByVal number As Long, ByVal description As String) As String
    ' Say in plain words why there is no connection.
    Select Case number
        Case 1, 48, 53
            DmReason = "Python was not found, or its xlwings is not the version of this file (" & description & ")."
        Case 13, 91, 424
            DmReason = "Python's xlwings is not the version of this file."
        Case 1000
            DmReason = "Python did not start (" & description & ")."
        Case Else
            DmReason = "Python started but has no dealmodel that works (" & description & ")."
    End Select
End Function

Public Sub DmReconnect()
    ' Forget the connection and what went wrong with it.
    Set python = Nothing
    failure = ""
    logged = ""
    DmShow ""
End Sub

Public Function DmState() As String
    ' Return what there is to know about the connection.
    DmState = "dealmodel " & DEALMODEL_VERSION & ", xlwings " & XLWINGS_VERSION & vbCrLf
    If Not python Is Nothing Then
        DmState = DmState & "Python is connected."
    ElseIf failure <> "" Then
        DmState = DmState & failure & ADVICE & vbCrLf & "Log: " & DmLogPath()
    Else
        DmState = DmState & "No function has been called yet; the first call starts Python."
    End If
End Function

Private Function DmWizardIsOpen() As Boolean
    ' Whether the function wizard is open, which calls a function at every key.
    On Error GoTo Failed
    DmWizardIsOpen = Not Application.CommandBars("Standard").Controls(1).Enabled
Failed:
End Function

' -- arguments

Private Function DmValues(ByVal given As Variant, ByRef count As Double) As Variant
    ' Return the arguments as plain values, and how many cells they are.
    Dim values() As Variant
    Dim area As Range
    Dim i As Long

    If UBound(given) < LBound(given) Then
        DmValues = given
        Exit Function
    End If
    ReDim values(LBound(given) To UBound(given))
    For i = LBound(given) To UBound(given)
        If Not IsObject(given(i)) Then
            values(i) = given(i)
        ElseIf TypeOf given(i) Is Range Then
            Set area = given(i)
            count = count + area.CountLarge
            ' Value2 holds only the first area of several.
            If area.Areas.Count > 1 Or count > MOST_CELLS Then
                values(i) = CVErr(xlErrValue)
            Else
                values(i) = area.Value2
            End If
        Else
            values(i) = CVErr(xlErrValue)
        End If
    Next i
    DmValues = values
End Function

' -- results

Private Function DmResult(ByRef answer As Variant) As Variant
    ' Return what Python gave, its errors as errors.
    Dim row As Long
    Dim column As Long

    If Not IsArray(answer) Then
        DmResult = DmValue(answer)
        Exit Function
    End If
    If DmIsRow(answer) Then
        For column = LBound(answer) To UBound(answer)
            answer(column) = DmValue(answer(column))
        Next column
    Else
        For row = LBound(answer, 1) To UBound(answer, 1)
            For column = LBound(answer, 2) To UBound(answer, 2)
                answer(row, column) = DmValue(answer(row, column))
            Next column
        Next row
    End If
    DmResult = answer
End Function

Private Function DmIsRow(ByRef answer As Variant) As Boolean
    ' Whether an array has one dimension.
    Dim columns As Long

    On Error GoTo Failed
    columns = UBound(answer, 2)
    Exit Function
Failed:
    DmIsRow = True
End Function

Private Function DmValue(ByVal value As Variant) As Variant
    ' Return a value; the text of an error becomes the error.
    Dim number As Long

    If VarType(value) = vbString Then number = DmErrorNumber(value)
    If number <> 0 Then
        DmValue = CVErr(number)
    Else
        DmValue = value
    End If
End Function

' -- messages

Private Sub DmFail(ByVal reason As String)
    ' Remember that there is no Python, and say so once.
    Set python = Nothing
    failure = reason
    failedAt = Now
    DmLog reason & ADVICE
    DmShow "dealmodel: " & reason & ADVICE
End Sub

Private Sub DmShow(ByVal text As String)
    ' Put a text into the status bar, or give the bar back.
    On Error GoTo Failed
    shown = (text <> "")
    If shown Then
        Application.StatusBar = Left$(text, 255)
    Else
        Application.StatusBar = False
    End If
Failed:
End Sub

Private Sub DmLog(ByVal text As String)
    ' Append a text to the log; the same text only once.
    Dim file As Integer

    If text = logged Then Exit Sub
    logged = text
    On Error GoTo Failed
    file = FreeFile
    Open DmLogPath() For Append As #file
    Print #file, Format$(Now, "yyyy-mm-dd hh:nn:ss") & " " & text
    Close #file
Failed:
End Sub

Private Function DmLogPath() As String
#If Mac Then
    DmLogPath = Environ("TMPDIR") & LOG_NAME
#Else
    DmLogPath = Environ("TEMP") & "\" & LOG_NAME
#End If
End Function
