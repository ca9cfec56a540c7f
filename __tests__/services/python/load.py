"""Pods that use a database, for a test: each opens a connection for every query, with the login that it was started with, and
makes at least one.

Reads lines of JSON: {"start": "pod", "user": …, "password": …}, {"stop": "pod"}, and writes {"stopped": "pod"}. Says how many
queries there were, and which failed, when its input ends. Usage: load.py <port> <database>
"""

import json
import sys
import threading

import psycopg2

port, database = sys.argv[1:]
queries, failures, pods = [0], [], {}


def work(name, login, ended):
    while True:
        try:
            connection = psycopg2.connect(host="127.0.0.1", port=port, dbname=database, **login)
            with connection, connection.cursor() as cursor:
                cursor.execute("INSERT INTO requests (pod) VALUES (%s)", (name,))
            connection.close()
            queries[0] += 1
        except psycopg2.Error as error:
            failures.append(f"{name} as {login['user']}: {str(error).strip()}")
        if ended.wait(0.1):
            return


for line in sys.stdin:
    order = json.loads(line)
    if "stop" in order:
        ended, thread = pods.pop(order["stop"])
        ended.set()
        thread.join()
        print(json.dumps({"stopped": order["stop"]}), flush=True)
    else:
        ended = threading.Event()
        login = {"user": order["user"], "password": order["password"]}
        thread = threading.Thread(target=work, args=(order["start"], login, ended))
        pods[order["start"]] = (ended, thread)
        thread.start()
for ended, thread in pods.values():
    ended.set()
    thread.join()
print(json.dumps({"queries": queries[0], "failures": failures}))
